import type { ConnectedBackend, ProjectWebhook } from '@htx/server'
import type { Finding } from './finding.ts'

/** Are backends connected, and how are they? @param hasPredictions some are stored, wherever they came from */
export function* checkBackends(backends: readonly ConnectedBackend[], hasPredictions: boolean): Generator<Finding> {
  const [first, second] = backends
  if (first === undefined) {
    yield hasPredictions
      ? { verdict: 'ok', what: 'backend', message: 'none is connected; the predictions were imported' }
      : {
          verdict: 'problem',
          what: 'backend',
          message: 'none is connected, and no predictions were imported',
          mend: 'Connect one in Settings > Model, or import predictions: htx-predict --label-studio-project.',
        }
    return
  }
  for (const backend of backends) yield backendFinding(backend)
  if (second !== undefined) {
    yield {
      verdict: 'warning',
      what: 'backend',
      message: `${backends.length} are connected; Label Studio asks only the first, ${first.url}, for predictions`,
      mend: 'Delete the others, or let one model ask them all.',
    }
  }
}

function backendFinding({ url, state, errorMessage, modelVersion }: ConnectedBackend): Finding {
  const what = `backend ${url}`
  if (state === 'disconnected' || state === 'error') {
    const reason = errorMessage === undefined ? '' : `: ${errorMessage}`
    const message = state === 'error' ? `/setup failed${reason}` : 'Label Studio cannot reach it, or its /health fails'
    return { verdict: 'problem', what, message, mend: backendMend(url, state, errorMessage) }
  }
  const version = modelVersion === undefined ? 'no version yet' : `version ${modelVersion}`
  return { verdict: 'ok', what, message: `${state}, ${version}` }
}

function backendMend(url: string, state: 'disconnected' | 'error', reason = ''): string {
  const advice = [`htx-check --url ${url} --label-config … asks it directly.`]
  if (state === 'disconnected') {
    advice.unshift('Is it running, and can it be reached from where Label Studio runs?')
    advice.push('Does it ask for a password? Give it in Settings > Model.')
  }
  if (isPrivate(url) && (state === 'disconnected' || isAddressRefusal(reason))) {
    advice.push('Label Studio refuses local and private addresses unless it is started with ML_BLOCK_LOCAL_IP=false.')
  }
  if (isThisMachine(url)) {
    advice.push('Is Label Studio in a container? Then localhost is the container: use host.docker.internal.')
  }
  return advice.join(' ')
}

/** «URL resolves to a reserved network address (block: 127.0.0.0/8)» */
function isAddressRefusal(reason: string): boolean {
  return /reserved network address/i.test(reason)
}

/** The token that comes with `/setup` is always a legacy one. */
export function tokenFinding(legacy: boolean | undefined): Finding {
  if (legacy !== false)
    return { verdict: 'ok', what: 'tokens', message: 'backends may use the token that Label Studio gives them' }
  return {
    verdict: 'warning',
    what: 'tokens',
    message:
      'legacy tokens are switched off: the one that Label Studio gives to backends is refused (401), for files and annotations',
    mend: 'Set LABEL_STUDIO_URL and LABEL_STUDIO_API_KEY, a personal access token, where the backend runs.',
  }
}

/** Without a webhook predictions show all the same; what people annotate does not reach the backend. */
export function* checkWebhooks(
  backends: readonly ConnectedBackend[],
  webhooks: readonly ProjectWebhook[],
): Generator<Finding> {
  for (const backend of backends) {
    const target = `${withoutSlash(backend.url)}/webhook`
    const what = `webhook ${target}`
    const webhook = webhooks.find(({ url }) => withoutSlash(url) === target)
    const [message, mend] = webhook === undefined ? missingWebhook(target) : (webhookFault(webhook, backend) ?? [])
    if (message === undefined) yield { verdict: 'ok', what, message: 'it is there, and on' }
    else yield { verdict: 'warning', what, message: `${message}: the backend hears of no annotations`, mend }
  }
}

type Fault = readonly [message: string, mend: string]

function missingWebhook(target: string): Fault {
  if (!new URL(target).hostname.includes('.') && !isThisMachine(target)) {
    return [
      'there is none, as Label Studio takes no webhook to a host name without a dot',
      'Connect the backend under a name with a dot, or under its IP address.',
    ]
  }
  const local = isPrivate(target)
    ? ' For a local or private address Label Studio must be started with SSRF_PROTECTION_ENABLED=false.'
    : ''
  return ['there is none', `Add it in Settings > Webhooks.${local}`]
}

function webhookFault(webhook: ProjectWebhook, { hasBasicAuth }: ConnectedBackend): Fault | undefined {
  const { isActive, sendsPayload, sendsAllActions, actions, hasCredentials } = webhook
  if (!isActive) {
    return [
      'it is switched off',
      'Switch it on in Settings > Webhooks; newer Label Studios switch off what keeps failing.',
    ]
  }
  if (!sendsPayload) return ['it sends no payload', 'Switch «Send payload» on in Settings > Webhooks.']
  if (!sendsAllActions && !actions.includes('ANNOTATION_CREATED')) {
    return ['it is not for annotations', 'Choose all actions in Settings > Webhooks.']
  }
  if (hasBasicAuth && !hasCredentials) {
    return [
      'the backend asks for a password, and it brings none',
      'Add a header Authorization: Basic … to it in Settings > Webhooks.',
    ]
  }
  return undefined
}

function withoutSlash(url: string): string {
  return url.replace(/\/+$/, '')
}

function isThisMachine(url: string): boolean {
  return /^(localhost|127\.|\[::1\])/.test(new URL(url).hostname)
}

/** By its name: what a host name stands for only Label Studio knows, but those without a dot are of a private network. */
function isPrivate(url: string): boolean {
  const { hostname } = new URL(url)
  return (
    isThisMachine(url) || !hostname.includes('.') || /^(10|192\.168|172\.(1[6-9]|2\d|3[01])|169\.254)\./.test(hostname)
  )
}
