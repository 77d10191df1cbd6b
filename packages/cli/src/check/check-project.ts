import { type LabelConfig, parseLabelConfig } from '@htx/core'
import type { ConnectedBackend, LabelStudioClient, LabelStudioProject } from '@htx/server'
import { amount } from '../amount.ts'
import { checkBackends, checkWebhooks, tokenFinding } from './check-connections.ts'
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
  const tasks = project.taskCount === undefined ? 'tasks' : amount(project.taskCount, 'task')
  yield project.taskCount === 0
    ? { verdict: 'problem', what: 'project', message: 'it has no tasks', mend: 'Import some.' }
    : { verdict: 'ok', what: 'project', message: `it has ${tasks}` }
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
  const choose = chooseMend(backends[0])
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
    yield* heldFinding(modelVersion, backends)
  } else {
    const message = `the project shows version ${modelVersion}, of which there are no predictions, and no backend has this title; predictions are stored: ${counts}`
    yield { verdict: 'problem', what, message, mend: choose }
  }
}

/** A project that shows a version by its name keeps to it, whatever the backend answers from then on. */
function* heldFinding(modelVersion: string, backends: readonly ConnectedBackend[]): Generator<Finding> {
  const [first] = backends
  if (first?.modelVersion === undefined || backends.some(backend => backend.modelVersion === modelVersion)) return
  yield {
    verdict: 'warning',
    what: 'model_version',
    message: `new predictions will not show: the project is held at ${modelVersion}, the backend is at ${first.modelVersion}`,
    mend: chooseMend(first),
  }
}

/** A project that follows a backend, by its title, shows each new version; one that shows a version is held at it. */
function chooseMend(backend: ConnectedBackend | undefined): string {
  const where = 'in Settings > Annotation > Prelabeling'
  if (backend === undefined) return `Choose the version ${where}.`
  return `Choose the backend «${backend.title || backend.url}» ${where}, not a version: then new versions show by themselves.`
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
