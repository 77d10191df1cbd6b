import { type LabelConfig, parseLabelConfig } from '@htx/core'
import type { ConnectedBackend, LabelStudioClient, LabelStudioProject, ProjectWebhook } from '@htx/server'
import type { Finding } from './finding.ts'
import { predictionFindings } from './prediction-findings.ts'

export interface CheckProjectOptions {
  readonly client: LabelStudioClient
  readonly project: string
  /** So many stored predictions are looked at. */
  readonly mostPredictions: number
}

/** Asks a Label Studio why a project shows no predictions. It only reads; Label Studio itself asks the backends how they are. */
export async function* checkProject({
  client,
  project: id,
  mostPredictions,
}: CheckProjectOptions): AsyncGenerator<Finding> {
  const release = await client.release()
  const project = await client.project(id)
  yield { verdict: 'ok', what: 'Label Studio', message: `${release ?? 'of unknown version'}; the token is accepted` }
  const tasks = project.taskCount === undefined ? 'a number of' : String(project.taskCount)
  yield project.taskCount === 0
    ? { verdict: 'problem', what: 'project', message: 'it has no tasks', mend: 'Import some.' }
    : { verdict: 'ok', what: 'project', message: `it has ${tasks} tasks` }
  const [backends, versions, legacy] = [
    await client.backends(id),
    await client.modelVersions(id),
    await client.acceptsLegacyTokens(),
  ]
  const stored = [...(versions ?? [])].filter(([, count]) => count > 0)
  yield* checkBackends(backends, stored.length > 0)
  if (backends.length > 0) {
    yield tokenFinding(legacy)
    yield* checkWebhooks(backends, await client.webhooks(id))
  }
  yield settingFinding(project)
  yield* checkVersions(project, backends, stored)
  yield* checkStored(client, id, parseLabelConfig(project.labelConfig), mostPredictions)
}

function* checkBackends(backends: readonly ConnectedBackend[], hasPredictions: boolean): Generator<Finding> {
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
  const advice = [`Look at it: htx-check --url ${url} --label-config …`]
  if (isLocal(url)) {
    const setting =
      'Label Studio refuses local and private addresses unless it was started with ML_BLOCK_LOCAL_IP=false.'
    if (state === 'disconnected' || /reserved network|local/i.test(reason)) advice.unshift(setting)
    if (isThisMachine(url))
      advice.push('Seen from a container, localhost is the container: use host.docker.internal, or the service’s name.')
  }
  if (/\b401\b/.test(reason) || state === 'disconnected') {
    advice.push('Does it ask for a user and password? Give them in Settings > Model.')
  }
  return advice.join(' ')
}

/** The token that comes with `/setup` is always a legacy one. */
function tokenFinding(legacy: boolean | undefined): Finding {
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
function* checkWebhooks(
  backends: readonly ConnectedBackend[],
  webhooks: readonly ProjectWebhook[],
): Generator<Finding> {
  for (const { url, hasBasicAuth } of backends) {
    const target = `${url.replace(/\/+$/, '')}/webhook`
    const webhook = webhooks.find(candidate => candidate.url.replace(/\/+$/, '') === target)
    const what = `webhook ${target}`
    const warning = (message: string, mend: string): Finding => ({ verdict: 'warning', what, message, mend })
    if (webhook === undefined) {
      const why =
        new URL(target).hostname.includes('.') || isThisMachine(target)
          ? ''
          : '; Label Studio makes none for a host name without a dot'
      const local = isLocal(target) ? ' A local address also wants SSRF_PROTECTION_ENABLED=false.' : ''
      yield warning(
        `there is none${why}: the backend hears of no annotations`,
        `Add it in Settings > Webhooks.${local}`,
      )
    } else if (!webhook.isActive) {
      yield warning(
        'it is switched off: the backend hears of no annotations',
        'Switch it on in Settings > Webhooks; newer Label Studios switch off what keeps failing.',
      )
    } else if (!webhook.sendsPayload) {
      yield warning(
        'it sends no payload: the backend hears nothing of what was annotated',
        'Switch «Send payload» on in Settings > Webhooks.',
      )
    } else if (hasBasicAuth && !webhook.hasCredentials) {
      yield warning(
        'the backend asks for a password, the webhook brings none: its events are answered 401',
        'Add a header Authorization: Basic … to it in Settings > Webhooks.',
      )
    } else yield { verdict: 'ok', what, message: 'it is there, and on' }
  }
}

function settingFinding({ showsPredictions }: LabelStudioProject): Finding {
  const what = 'show_collab_predictions'
  if (showsPredictions) return { verdict: 'ok', what, message: 'on: predictions prelabel tasks' }
  return {
    verdict: 'problem',
    what,
    message: 'off: the label stream shows no predictions',
    mend: 'Switch «Use predictions to prelabel tasks» on in Settings > Annotation.',
  }
}

/** The label stream shows the predictions of one version, or asks the backend of that title. */
function* checkVersions(
  { modelVersion }: LabelStudioProject,
  backends: readonly ConnectedBackend[],
  stored: readonly (readonly [string, number])[],
): Generator<Finding> {
  const what = 'model_version'
  const counts = stored.map(([version, count]) => `${count} of ${version}`).join(', ') || 'none'
  const choose = 'Choose it in Settings > Annotation > Prelabeling.'
  const backend = backends.find(({ title }) => title === modelVersion)
  if (modelVersion === undefined) {
    const message = `the project shows no version; predictions are stored: ${counts}`
    yield { verdict: stored.length + backends.length === 0 ? 'warning' : 'problem', what, message, mend: choose }
  } else if (backend !== undefined) {
    yield {
      verdict: 'ok',
      what,
      message: `the project asks the backend «${modelVersion}»; predictions are stored: ${counts}`,
    }
    const others = stored.filter(([version]) => version !== backend.modelVersion)
    if (others.length > 0 && backend.modelVersion !== undefined) {
      const names = others
        .map(([version]) => version)
        .slice(0, 5)
        .join(', ')
      yield {
        verdict: 'warning',
        what,
        message: `the backend is at version ${backend.modelVersion}; predictions of ${names} do not show in the label stream`,
        mend: 'Nothing, when they are of older versions. Else choose theirs in Settings > Annotation > Prelabeling.',
      }
    }
  } else if (stored.some(([version]) => version === modelVersion)) {
    yield {
      verdict: 'ok',
      what,
      message: `the project shows version ${modelVersion}; predictions are stored: ${counts}`,
    }
  } else {
    const message = `the project shows version ${modelVersion}, of which there are no predictions, and no backend has this title; predictions are stored: ${counts}`
    yield { verdict: 'problem', what, message, mend: choose }
  }
}

async function* checkStored(
  client: LabelStudioClient,
  project: string,
  labelConfig: LabelConfig,
  mostPredictions: number,
): AsyncGenerator<Finding> {
  const what = 'stored predictions'
  let seen = 0
  let bad = 0
  let place = 0
  pages: for await (const { tasks } of client.tasks(project, { having: 'predictions' })) {
    for (const task of tasks) {
      place += 1
      const { id, data, predictions } = task as { id?: unknown; data?: unknown; predictions?: unknown }
      if (!Array.isArray(predictions) || typeof data !== 'object' || data === null) continue
      for (const [index, prediction] of predictions.entries()) {
        if (seen === mostPredictions) break pages
        seen += 1
        const placed = { place, id, data: data as Record<string, unknown> }
        const findings = predictionFindings(prediction, index + 1, placed, labelConfig, 'stored')
        if (findings.some(({ verdict }) => verdict === 'problem')) bad += 1
        yield* findings
      }
    }
  }
  if (seen === 0)
    yield {
      verdict: 'warning',
      what,
      message: 'there are none yet',
      mend: 'Open a task, or choose Retrieve predictions in the Data Manager.',
    }
  else if (bad === 0) yield { verdict: 'ok', what, message: `${seen} looked at: the editor shows them` }
  else {
    yield {
      verdict: 'problem',
      what,
      message: `the editor does not show all of ${bad} of ${seen}`,
      mend: 'Mend the model, delete its predictions in the Data Manager and retrieve them again: nothing is asked for twice under one version.',
    }
  }
}

function isThisMachine(url: string): boolean {
  return /^(localhost|127\.|\[::1\])/.test(new URL(url).hostname)
}

/** By its name: what a host name stands for only Label Studio knows, but those without a dot are of a private network. */
function isLocal(url: string): boolean {
  const { hostname } = new URL(url)
  return (
    isThisMachine(url) || !hostname.includes('.') || /^(10|192\.168|172\.(1[6-9]|2\d|3[01])|169\.254)\./.test(hostname)
  )
}
