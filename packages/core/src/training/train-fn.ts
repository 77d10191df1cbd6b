import type { Binding, LabelConfig } from '../label-config/label-config.ts'
import type { ModelLog } from '../model/contexts.ts'
import type { DataItem } from './data-item.ts'

/** What a train function may use. */
export interface TrainContext<Resources extends object = object> {
  readonly binding: Binding
  readonly labelConfig: LabelConfig
  readonly options: Readonly<Record<string, unknown>>
  readonly project: string | undefined
  /** Resources of the version before, for fine-tuning; undefined on the first training. */
  readonly previous: Partial<Resources> | undefined
  /** Aborts when the job is cancelled or its time is over. */
  readonly signal: AbortSignal
  readonly log: ModelLog
  /** Shown by `htx-train`, the job API and the console. @param fraction 0–1 */
  progress(fraction: number, message?: string): void
  resolve(url: string): Promise<string>
}

/**
 * Trains: an iterator of data items and a working directory in, JSON-serialisable resources out; `load()` gets them later.
 * Files that belong to the version go into `workingDir`; resources name them by their path there.
 */
export type TrainFn<Resources extends object = object, Input extends readonly unknown[] = readonly unknown[]> = (
  items: AsyncIterable<DataItem<Input>>,
  workingDir: string,
  context: TrainContext<Resources>,
) => Promise<Resources> | Resources
