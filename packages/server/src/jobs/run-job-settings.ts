import type { ModelStore } from '@htx/core'
import type { Logger } from '../log/logger.ts'
import type { StoredItem } from '../state/item-store.ts'
import type { Job } from '../state/job.ts'
import type { State } from '../state/open-state.ts'
import type { JobLog } from './job-log.ts'
import type { JobProgress } from './progress-record.ts'
import type { TrainingSettings } from './training-settings.ts'

/** Brings the annotations of a job here before it trains. @returns what was left out, by reason */
export type CollectItems = (job: Job, log: JobLog, signal: AbortSignal) => Promise<Readonly<Record<string, number>>>

/** The versions that serve, for a training: in a server it asks the reconciler, elsewhere it looks at the disk. */
export interface LiveVersions {
  /** Name of the version that answers for a project, and the project that it belongs to; undefined for `initial` and none. */
  current(project: string): { readonly project: string; readonly version: string } | undefined
  /** Resolves when the version answers. @throws the reason why it cannot */
  bringLive(project: string, version: string): Promise<void>
}

/** `collect`: annotations are fetched and written to a file; `process`: the train function runs; `publish`: the version is checked, published and brought live. */
export type JobStage = 'collect' | 'process' | 'publish'

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
  /** Carries out the work of a stage: set when the job is traced. */
  runStage?<T>(stage: JobStage, work: () => Promise<T>): Promise<T>
}
