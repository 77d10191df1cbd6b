import { ModelStore, type StoredVersion } from '@htx/core'
import { collectItems, readTasks } from './jobs/collect-items.ts'
import { newOwner } from './jobs/owner.ts'
import type { JobProgress } from './jobs/progress-record.ts'
import { recoverJobs } from './jobs/recover-jobs.ts'
import { runJob } from './jobs/run-job.ts'
import { openLogger } from './log/logger.ts'
import { completeOptions, type ModelServerOptions } from './options.ts'
import type { StoredItem } from './state/item-store.ts'
import { openState } from './state/open-state.ts'
import type { TaskDataOption } from './task-data-options.ts'

/** The options of a server that a training alone can use, and where its items come from. */
export type TrainModelOptions = Pick<
  ModelServerOptions,
  | 'model'
  | 'train'
  | 'options'
  | 'modelsDir'
  | 'stateFile'
  | 'minAnnotations'
  | 'trainTimeoutMs'
  | 'trainMemoryMb'
  | 'trainDiskMb'
  | 'trainEnv'
  | 'trainSandbox'
  | 'cancelGraceMs'
  | 'includeSkipped'
  | 'gate'
  | TaskDataOption
  | 'logLevel'
  | 'logFormat'
> & {
  /** Which project the version is for. */
  readonly project: string
  /** Annotated tasks, as `readExport` gives them. Without them: `fetch`, or what a server has stored of the project. */
  readonly tasks?: AsyncIterable<unknown>
  /** Fetch the project's annotations from `labelStudio` first. */
  readonly fetch?: boolean
  /** Default: what is known of the project. */
  readonly labelConfig?: string
  /** Who asks, for the list of jobs. Default: `trainModel`. */
  readonly by?: string
  /** Cancels: the train function may end by itself. */
  readonly signal?: AbortSignal
  /** Ends its process at once. */
  readonly kill?: AbortSignal
  onProgress?(progress: JobProgress): void
  /** A line that the training printed. */
  onLine?(line: string): void
}

/** What a training gave. */
export interface TrainedModel {
  readonly version: StoredVersion
  readonly job: string
  readonly itemCount: number
  /** What was left out, by reason. */
  readonly skipped: Readonly<Record<string, number>>
}

/**
 * Trains as a server does, in a process of its own, and publishes a version; a server that watches the directory picks it up. A server may
 * run on the same directory: the two share the list of jobs, and never train one project at a time.
 *
 * @throws HtxError what went wrong; `HTX_JOB_CANCELLED`, `HTX_JOB_CONFLICT`
 */
export async function trainModel(options: TrainModelOptions): Promise<TrainedModel> {
  const {
    project,
    tasks,
    fetch = false,
    labelConfig,
    by = 'trainModel',
    signal,
    kill,
    onProgress,
    onLine,
    ...rest
  } = options
  const settings = completeOptions(rest)
  const log = openLogger(settings.logLevel, settings.logFormat)
  const store = await ModelStore.open(settings.modelsDir)
  const state = await openState(settings.stateFile)
  const owner = newOwner()
  const skipped: Record<string, number> = {}
  try {
    await recoverJobs({ state, store, owner, log })
    const job = await state.jobs.begin({ project, cause: { by, at: new Date().toISOString() }, fetches: fetch }, owner)
    const outcome = await runJob(
      job,
      {
        state,
        store,
        training: settings,
        owner,
        log,
        collect: (started, jobLog, ending) => collectItems(started, { state, training: settings }, jobLog, ending),
        live: { current: () => undefined, bringLive: async () => {} },
        ...(tasks === undefined ? {} : { items: () => itemsOf(tasks, skipped, settings.includeSkipped) }),
        ...(labelConfig === undefined ? {} : { labelConfig }),
        ...(kill === undefined ? {} : { kill }),
        ...(onProgress === undefined ? {} : { onProgress }),
        ...(onLine === undefined ? {} : { onLine }),
      },
      signal ?? new AbortController().signal,
    )
    if (outcome.state !== 'succeeded') throw outcome.error
    const ended = await state.jobs.get(job.id)
    return {
      version: outcome.version,
      job: job.id,
      itemCount: ended?.itemCount ?? 0,
      skipped: { ...skipped, ...ended?.skipped },
    }
  } finally {
    await state.close()
  }
}

async function* itemsOf(
  tasks: AsyncIterable<unknown>,
  skipped: Record<string, number>,
  includeSkipped: boolean,
): AsyncGenerator<StoredItem> {
  for await (const value of tasks) {
    for (const { task, annotations } of readTasks([value], skipped)) {
      for (const annotation of annotations) {
        if (includeSkipped || !annotation.wasCancelled) yield { task, annotation }
        else skipped['the task was skipped'] = (skipped['the task was skipped'] ?? 0) + 1
      }
    }
  }
}
