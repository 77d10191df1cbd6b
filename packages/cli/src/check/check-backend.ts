import { type LabelConfig, parseLabelConfig } from '@htx/core'
import { amount } from '../amount.ts'
import { askBackend, type BackendAnswer, type BasicAuth, isHtml } from './backend-calls.ts'
import type { Finding } from './finding.ts'
import type { PlacedTask } from './prediction-findings.ts'
import { type ReadResults, readInteractive, readResults } from './read-results.ts'
import { smartContext } from './smart-context.ts'

export interface CheckBackendOptions {
  readonly url: string
  /** XML. */
  readonly labelConfig: string
  /** Tasks to ask about; none: predictions are not asked for. */
  readonly tasks: readonly PlacedTask[]
  readonly basicAuth: BasicAuth | undefined
  /** Where the backend would find uploaded files. */
  readonly hostname: string | undefined
}

/** What Label Studio 1.23 waits for: `ML_TIMEOUT_…` and `WEBHOOK_TIMEOUT`. Milliseconds. */
const limits = { health: 1_000, setup: 3_000, predict: 100_000, webhook: 1_000 }

/** No project of Label Studio has the number 0: nothing that a backend keeps by project is touched. */
const project = '0.1700000000'

/** The client of backends, and what sends events: backends tell them apart. */
const apiAgent = 'heartex/1.23.2'
const eventAgent = 'python-requests/2.32.5'

/** Plays Label Studio against a running backend, in the order in which Label Studio does it. */
export async function* checkBackend(options: CheckBackendOptions): AsyncGenerator<Finding> {
  const labelConfig = parseLabelConfig(options.labelConfig)
  const health = await ask(options, 'GET', 'health', undefined, limits.health)
  if (isWebPage(health)) {
    const mend = 'Give the address of the backend, such as http://localhost:9090.'
    yield { ...told('health', health, ''), message: `${health.failure}: this is no ML backend`, mend }
    return
  }
  yield told('health', health, healthWords(health))
  if (health.status === undefined) return
  const setup = await ask(options, 'POST', 'setup', setupBody(options), limits.setup)
  const version = versionOf(setup)
  yield setupFinding(setup, version)
  yield* checkPredictions(options, labelConfig, version)
  yield* checkEvents(options)
}

async function* checkPredictions(
  options: CheckBackendOptions,
  labelConfig: LabelConfig,
  setupVersion: string | undefined,
): AsyncGenerator<Finding> {
  const [first] = options.tasks
  if (first === undefined) {
    yield { verdict: 'skipped', what: 'predict', message: 'no tasks given', mend: 'Give some with --tasks tasks.json.' }
    return
  }
  const batches: readonly (readonly [string, readonly PlacedTask[]])[] = [
    ['predict, one task', [first]],
    [`predict, ${options.tasks.length} tasks`, options.tasks],
  ]
  for (const [what, tasks] of options.tasks.length > 1 ? batches : batches.slice(0, 1)) {
    const answer = await ask(options, 'POST', 'predict', predictBody(options, tasks, null), limits.predict)
    yield* answered(what, answer, body => readResults(body, what, { tasks, labelConfig, setupVersion }))
  }
  const smart = smartContext(labelConfig)
  if (smart === undefined) {
    yield { verdict: 'skipped', what: 'interactive', message: 'the label config has no smart tool' }
    return
  }
  const what = `interactive, ${smart.tag}`
  const answer = await ask(options, 'POST', 'predict', predictBody(options, [first], smart.context), limits.predict)
  yield* answered(what, answer, body => readInteractive(body, what, { tasks: [first], labelConfig, setupVersion }))
}

/** Events come from another part of Label Studio, which knows no credentials; an action that a backend does not know is fine, too. */
async function* checkEvents(options: CheckBackendOptions): AsyncGenerator<Finding> {
  const body = { action: 'HTX_CHECK', project: { id: 0 } }
  const send = (basicAuth: BasicAuth | undefined) =>
    askBackend(options.url, {
      method: 'POST',
      path: 'webhook',
      body,
      limitMs: limits.webhook,
      userAgent: eventAgent,
      basicAuth,
    })
  const bare = await send(undefined)
  if (bare.status === 401 && options.basicAuth !== undefined) {
    const answer = await send(options.basicAuth)
    yield told('webhook', answer, 'an unknown action is answered')
    yield {
      verdict: 'warning',
      what: 'webhook',
      message: 'the webhook that Label Studio makes by itself brings no credentials: its events are answered 401',
      mend: 'Add a header Authorization: Basic … to it in Settings > Webhooks.',
    }
    return
  }
  // Training by the button comes another way; without events predictions still show.
  const finding = told('webhook', bare, 'an unknown action is answered')
  const mend = 'Answer every event with 200, at once: newer Label Studios switch a webhook off that keeps failing.'
  yield finding.verdict === 'ok' ? finding : { ...finding, verdict: 'warning', mend }
}

function* answered(what: string, answer: BackendAnswer, read: (body: unknown) => ReadResults): Generator<Finding> {
  if (answer.failure !== undefined) {
    const silently = what.startsWith('interactive')
      ? 'the browser shows nothing'
      : 'Label Studio stores nothing, and says nothing'
    yield told(what, { ...answer, failure: `${answer.failure}: ${silently}` }, '')
    return
  }
  const { shown, findings } = read(answer.body)
  const unit = what.startsWith('interactive') ? 'region' : 'prediction'
  const verdicts = new Set(findings.map(({ verdict }) => verdict))
  const verdict = verdicts.has('problem') ? 'problem' : verdicts.has('warning') ? 'warning' : 'ok'
  const { tookMs, limitMs } = answer
  yield { verdict, what, message: `${amount(shown, unit)} would show`, tookMs, limitMs }
  yield* findings
}

function told(what: string, { failure, status, tookMs, limitMs }: BackendAnswer, words: string): Finding {
  if (failure === undefined) return { verdict: 'ok', what, message: words, tookMs, limitMs }
  const mend =
    status === 401 ? 'Give --basic-auth-user and --basic-auth-pass here, and the same in Label Studio.' : undefined
  return { verdict: 'problem', what, message: failure, mend, tookMs, limitMs }
}

function setupFinding(setup: BackendAnswer, version: string | undefined): Finding {
  if (setup.failure === undefined && !isRecord(setup.body)) {
    const message = 'expected { "model_version": … }: Label Studio fails (500) when it opens the project'
    return { ...told('setup', setup, ''), verdict: 'problem', message }
  }
  const finding = told('setup', setup, version === undefined ? 'no version yet' : `version ${version}`)
  if (finding.verdict === 'ok' || finding.mend !== undefined) return finding
  return {
    ...finding,
    mend: 'Without an answer to /setup Label Studio does not connect a backend, and asks it for nothing.',
  }
}

/** A backend may answer an error with a page; but it has a /health. */
function isWebPage({ status, body }: BackendAnswer): boolean {
  return isHtml(body) && status !== undefined && (status < 400 || status === 404)
}

function healthWords({ body }: BackendAnswer): string {
  const { status, model_class: name } = isRecord(body) ? body : {}
  return [status, name].filter(word => typeof word === 'string').join(', ') || 'it answers'
}

function versionOf({ body, failure }: BackendAnswer): string | undefined {
  const version = failure === undefined && isRecord(body) ? body.model_version : undefined
  return version === undefined || version === null ? undefined : String(version)
}

function ask(
  { url, basicAuth }: CheckBackendOptions,
  method: 'GET' | 'POST',
  path: string,
  body: unknown,
  limitMs: number,
): Promise<BackendAnswer> {
  return askBackend(url, { method, path, body, limitMs, userAgent: apiAgent, basicAuth })
}

/** Without a token: a backend that is checked is not to get one. */
function setupBody({ labelConfig, hostname }: CheckBackendOptions): object {
  const place = { hostname: hostname ?? 'http://localhost:8080', access_token: '' }
  return { project, schema: labelConfig, ...place, extra_params: null }
}

function predictBody({ labelConfig }: CheckBackendOptions, tasks: readonly PlacedTask[], context: unknown): object {
  return {
    tasks: tasks.map(({ id, data, place }) => ({
      id: id ?? place,
      data,
      meta: {},
      is_labeled: false,
      overlap: 1,
      inner_id: place,
      project: 0,
      file_upload: null,
      annotations: [],
      predictions: [],
      ...(context === null ? {} : { drafts: [] }),
    })),
    project,
    label_config: labelConfig,
    params: { login: null, password: null, context },
  }
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
