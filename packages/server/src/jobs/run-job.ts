import { mkdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import {
  defaultProject,
  HtxError,
  isHtxError,
  type Metrics,
  type ModelStore,
  messageOf,
  type StoredVersion,
  toHtxError,
} from '@htx/core'
import type { Logger } from '../log/logger.ts'
import type { StoredItem } from '../state/item-store.ts'
import type { Job } from '../state/job.ts'
import type { State } from '../state/open-state.ts'
import { startHeartbeat } from './heartbeat.ts'
import { holdReason } from './hold-reason.ts'
import { jobDirectory, jobLogFile } from './job-files.ts'
import { JobLog } from './job-log.ts'
import type { TrainOrder } from './messages.ts'
import { runTrainingProcess } from './training-process.ts'
import type { TrainingSettings } from './training-settings.ts'
import { writeItems } from './write-items.ts'

/** Brings the annotations of a job here before it trains. @returns what was left out, by reason */
export type CollectItems = (job: Job, log: JobLog, signal: AbortSignal) => Promise<Readonly<Record<string, number>>>

/** The versions that serve, for a training: in a server it asks the reconciler, elsewhere it looks at the disk. */
export interface LiveVersions {
  /** Name of the version that answers for a project, and the project that it belongs to; undefined for `initial` and none. */
  current(project: string): { readonly project: string; readonly version: string } | undefined
  /** Resolves when the version answers. @throws the reason why it cannot */
  bringLive(project: string, version: string): Promise<void>
}

export interface RunJobSettings {
  readonly state: State
  readonly store: ModelStore
  readonly training: TrainingSettings
  readonly owner: string
  readonly log: Pick<Logger, 'info' | 'warn' | 'error'>
  readonly collect: CollectItems
  /** Items that come from elsewhere than the state: an export that `htx-train` reads. */
  readonly items?: (project: string) => AsyncIterable<StoredItem>
  /** Stands in for what is known of the project. */
  readonly labelConfig?: string
  /** Ends the training process at once. */
  readonly kill?: AbortSignal
  readonly live: LiveVersions
  /** Hears of every change while the job runs. */
  onProgress?(job: JobProgress): void
  /** Hears of every line of the log. */
  onLine?(line: string): void
}

/** What changes while a job runs. */
export interface JobProgress {
  readonly fraction: number
  readonly message: string | undefined
  readonly metrics: Metrics | undefined
}

/** How a job ended. */
export type JobOutcome =
  | { readonly state: 'succeeded'; readonly version: StoredVersion }
  | { readonly state: 'failed' | 'cancelled'; readonly error: HtxError }

/** Progress is stored this often, milliseconds. */
const storeEveryMs = 1_000

/**
 * Runs a job that this process has taken: items → a process of its own → checked resources → a version, live. Whatever happens, the job
 * ends with a state and a reason, and only a success leaves more than its log.
 *
 * @param ending its reason says how the job ends: `HTX_JOB_CANCELLED` cancels it, `HTX_DRAINING` leaves it for the next server
 */
export async function runJob(job: Job, settings: RunJobSettings, ending: AbortSignal): Promise<JobOutcome> {
  const { state, store, training, owner, onProgress } = settings
  const heart = startHeartbeat(job, settings)
  const signal = AbortSignal.any([ending, heart.signal])
  const directory = jobDirectory(store.directory, job.id)
  const log = await openJobLog()
  const staged = await store.stage(job.project)
  let latest: JobProgress = { fraction: 0, message: undefined, metrics: undefined }
  let storedAt = 0
  const outcome = await train().catch(failed)
  heart.stop()
  // Whoever sees that it is over finds nothing of it but its log, and that whole.
  await log.close()
  await rm(directory, { recursive: true, force: true }).catch(problem =>
    settings.log.warn({ directory, problem: messageOf(problem) }, 'files of a job could not be removed'),
  )
  await finish(outcome)
  return outcome

  async function train(): Promise<JobOutcome> {
    signal.throwIfAborted()
    await state.jobs.update(job.id, { stagingDirectory: staged.directory })
    const leftOut = job.fetches ? await settings.collect(job, log, signal) : job.skipped
    await state.projects.resetChanges(job.project)
    const previous = await previousVersion(job.project, settings)
    const order = await prepare(previous)
    say(0, `training on ${order.itemCount} items`)
    const result = await runTrainingProcess({
      jobDirectory: directory,
      stagingDirectory: staged.directory,
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
        if ('progress' in message) say(message.progress, message.message, message.metrics)
      },
    })
    if ('error' in result) throw HtxError.fromData(result.error)
    const metrics = result.metrics ?? latest.metrics
    latest = { ...latest, metrics }
    const held = holdReason(training.gate, metrics, previous?.manifest)
    const version = await store.publish(staged, {
      resources: result.resources,
      ...(metrics === undefined ? {} : { metrics }),
      ...(previous === undefined || previous.project !== job.project ? {} : { parent: previous.version }),
      ...(held === undefined ? {} : { held }),
    })
    await state.jobs.update(job.id, {
      version: version.version,
      itemCount: result.itemCount,
      skipped: { ...leftOut, ...result.skipped },
      ...(metrics === undefined ? {} : { metrics }),
    })
    if (held === undefined) {
      say(1, `version ${version.version} is published`)
      await settings.live.bringLive(job.project, version.version)
      say(1, `version ${version.version} is trained`)
    } else {
      log.line(`version ${version.version} is held back: ${held}`)
      say(1, `version ${version.version} is held back: ${held}`)
    }
    return { state: 'succeeded', version }
  }

  async function prepare(previous: StoredVersion | undefined): Promise<TrainOrder> {
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
        ...(training.labelStudio === undefined ? {} : { labelStudio: training.labelStudio }),
        ...(training.dataRoot === undefined ? {} : { root: training.dataRoot }),
      },
    }
    await writeFile(join(directory, 'job.json'), JSON.stringify(order), { mode: 0o600 })
    await state.jobs.update(job.id, { itemCount })
    return order
  }

  function say(fraction: number, message: string | undefined, metrics?: Metrics): void {
    latest = { fraction, message: message ?? latest.message, metrics: metrics ?? latest.metrics }
    onProgress?.(latest)
    if (Date.now() - storedAt < storeEveryMs && fraction < 1) return
    storedAt = Date.now()
    void storeProgress()
  }

  async function storeProgress(): Promise<void> {
    const { fraction, message, metrics } = latest
    const fields = { progress: fraction, logTail: log.lastLines.slice(-keptLines) }
    await state.jobs
      .update(job.id, {
        ...fields,
        ...(message === undefined ? {} : { message }),
        ...(metrics === undefined ? {} : { metrics }),
      })
      .catch(error => settings.log.warn({ job: job.id, err: error }, 'the progress of a job could not be stored'))
  }

  async function failed(error: unknown): Promise<JobOutcome> {
    const known = toHtxError(
      signal.aborted ? signal.reason : error,
      'HTX_INTERNAL',
      'the training could not be carried out: ',
    )
    log.line(`${known.code}: ${known.message}`)
    await store
      .discard(staged)
      .catch(problem => log.line(`the working directory was not removed: ${messageOf(problem)}`))
    return { state: isHtxError(known, 'HTX_JOB_CANCELLED') ? 'cancelled' : 'failed', error: known }
  }

  async function finish(outcome: JobOutcome): Promise<void> {
    const logTail = log.lastLines.slice(-keptLines)
    if (outcome.state === 'succeeded') {
      await state.jobs.end(job.id, owner, 'succeeded', { logTail, progress: 1 })
      settings.log.info({ job: job.id, project: job.project, version: outcome.version.version }, 'trained')
      return
    }
    const { code, message } = outcome.error
    if (code === 'HTX_DRAINING' && !job.foreground) await state.jobs.giveBack(job.id, owner, { countsAttempt: false })
    else await state.jobs.end(job.id, owner, outcome.state, { logTail, error: { code, message } })
    settings.log.warn({ job: job.id, project: job.project, code }, `training ${outcome.state}: ${message}`)
  }

  async function openJobLog(): Promise<JobLog> {
    await mkdir(directory, { recursive: true, mode: 0o700 })
    return new JobLog(jobLogFile(store.directory, job.id), settings.onLine)
  }
}

/** Lines of the log that are kept with the job. */
const keptLines = 50

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
