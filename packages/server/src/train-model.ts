import type { StoredVersion } from '@htx/core'
import type { JobProgress } from './jobs/progress-record.ts'
import type { ModelServerOptions } from './options.ts'
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
  // A server that imports this module trains by its queue; what it needs for that it imports while its workers start.
  const { trainOnce } = await import('./jobs/train-once.ts')
  return trainOnce(options)
}
