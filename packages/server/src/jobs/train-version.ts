import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { defaultProject, HtxError, type StagedVersion, type StoredVersion } from '@htx/core'
import { readCaller } from '../label-studio/callers.ts'
import type { Job } from '../state/job.ts'
import { holdReason } from './hold-reason.ts'
import type { JobLog } from './job-log.ts'
import type { TrainOrder, TrainResult } from './messages.ts'
import type { ProgressRecord } from './progress-record.ts'
import type { RunJobSettings } from './run-job-settings.ts'
import { runTrainingProcess } from './training-process.ts'
import { writeItems } from './write-items.ts'

/** What a job has for the time that it runs. */
export interface JobRoom {
  /** For its order, items and result; the process writes here. */
  readonly directory: string
  readonly staged: StagedVersion
  readonly log: JobLog
  readonly progress: ProgressRecord
  readonly signal: AbortSignal
}

/**
 * Makes a version: annotations → items → a process of its own → checked resources → published, and live unless it is held back.
 *
 * @throws HtxError why there is none
 */
export async function trainVersion(job: Job, settings: RunJobSettings, room: JobRoom): Promise<StoredVersion> {
  const { runStage = (_stage, work) => work() } = settings
  room.signal.throwIfAborted()
  const collected = await runStage('collect', () => collect(job, settings, room))
  const result = await runStage('process', () => train(job, collected.order, settings, room))
  return runStage('publish', () => publish(job, { ...collected, result }, settings, room))
}

interface Collected {
  readonly order: TrainOrder
  readonly previous: StoredVersion | undefined
  readonly leftOut: Readonly<Record<string, number>>
}

async function collect(job: Job, settings: RunJobSettings, room: JobRoom): Promise<Collected> {
  const { state } = settings
  const { log, signal } = room
  const leftOut = job.fetches ? await settings.collect(job, log, signal) : job.skipped
  await state.projects.resetChanges(job.project)
  const previous = await previousVersion(job.project, settings)
  return { order: await writeOrder(job, previous, settings, room), previous, leftOut }
}

type Trained = Exclude<TrainResult, { error: unknown }>

async function train(job: Job, order: TrainOrder, settings: RunJobSettings, room: JobRoom): Promise<Trained> {
  const { state, training } = settings
  const { log, progress, signal } = room
  progress.say(0, `training on ${order.itemCount} items`)
  const result = await runTrainingProcess({
    jobDirectory: room.directory,
    stagingDirectory: room.staged.directory,
    resultFile: order.resultFile,
    limits: { timeoutMs: training.trainTimeoutMs, memoryMb: training.trainMemoryMb, diskMb: training.trainDiskMb },
    environment: training.trainEnv,
    sandbox: training.trainSandbox,
    graceMs: training.cancelGraceMs,
    log,
    signal,
    ...(settings.kill === undefined ? {} : { kill: settings.kill }),
    onStart: childPid => state.jobs.update(job.id, { childPid }),
    onMessage: message => {
      if ('progress' in message) progress.say(message.progress, message.message, message.metrics)
    },
  })
  if ('error' in result) throw HtxError.fromData(result.error)
  return result
}

async function publish(
  job: Job,
  { previous, leftOut, result }: Collected & { readonly result: Trained },
  settings: RunJobSettings,
  { staged, log, progress }: JobRoom,
): Promise<StoredVersion> {
  const { state, store, training } = settings
  const metrics = result.metrics ?? progress.latest.metrics
  const held = holdReason(training.gate, metrics, previous?.manifest)
  const version = await store.publish(staged, {
    resources: result.resources,
    job: job.id,
    ...(metrics === undefined ? {} : { metrics }),
    ...(previous === undefined || previous.project !== job.project ? {} : { parent: previous.version }),
    ...(held === undefined ? {} : { held }),
  })
  const { itemCount } = result
  await state.jobs.update(job.id, { version: version.version, itemCount, skipped: { ...leftOut, ...result.skipped } })
  settings.log.info({ job: job.id, project: job.project, version: version.version, held }, 'version is published')
  if (held === undefined) {
    progress.say(1, `version ${version.version} is published`, metrics)
    await settings.live.bringLive(job.project, version.version)
    progress.say(1, `version ${version.version} is trained`)
  } else {
    log.line(`version ${version.version} is held back: ${held}`)
    progress.say(1, `version ${version.version} is held back: ${held}`, metrics)
  }
  return version
}

/** Leaves the order and its items for the process. */
async function writeOrder(
  job: Job,
  previous: StoredVersion | undefined,
  settings: RunJobSettings,
  { directory, staged, signal }: JobRoom,
): Promise<TrainOrder> {
  const { state, training } = settings
  const known = await state.projects.get(job.project)
  const labelConfig = settings.labelConfig ?? known?.labelConfig ?? known?.legacySchema
  if (labelConfig === undefined) {
    throw new HtxError(
      'HTX_TRAINING_DATA_MISSING',
      `the label config of project ${job.project} is not known; open the project in Label Studio, so that it sends it, or give htx-train --label-config`,
    )
  }
  const itemsFile = join(directory, 'items.jsonl')
  const source = settings.items?.(job.project) ?? state.items.list(job.project, training)
  const itemCount = await writeItems(source, itemsFile, signal)
  if (itemCount < training.minAnnotations) {
    throw new HtxError(
      'HTX_TRAINING_DATA_MISSING',
      `project ${job.project} has ${itemCount} annotations; a training needs ${training.minAnnotations} (--min-annotations)`,
    )
  }
  const order: TrainOrder = {
    job: job.id,
    project: job.project,
    model: training.model.href,
    train: (training.train ?? training.model).href,
    options: training.options,
    params: job.params,
    labelConfig,
    itemsFile,
    itemCount,
    workingDir: staged.directory,
    resultFile: join(directory, 'result.json'),
    previous: previous?.resources ?? null,
    taskData: {
      cacheDir: join(directory, 'task-data'),
      ...training.taskData,
    },
    caller: readCaller(known?.hostname, known?.accessToken) ?? null,
  }
  await writeFile(join(directory, 'job.json'), JSON.stringify(order), { mode: 0o600 })
  await state.jobs.update(job.id, { itemCount })
  return order
}

/** The version that a training goes on from: the one that serves, else the newest on disk, of the project or of `default`. */
async function previousVersion(project: string, { store, live }: RunJobSettings): Promise<StoredVersion | undefined> {
  const serving = live.current(project)
  if (serving !== undefined) return store.read(serving.project, serving.version).catch(() => undefined)
  for (const owner of new Set([project, defaultProject])) {
    for (const version of (await store.versions(owner)).toReversed()) {
      const stored = await store.read(owner, version).catch(() => undefined)
      if (stored !== undefined && stored.manifest.held === undefined) return stored
    }
  }
  return undefined
}
