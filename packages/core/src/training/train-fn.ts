import type { Binding, LabelConfig } from '../label-config/label-config.ts'
import type { ModelLog } from '../model/contexts.ts'
import type { DataItem } from './data-item.ts'

/** Figures of a training, such as `{ accuracy: 0.97 }`: kept in the manifest, shown with the job, compared by `--gate`. */
export type Metrics = Readonly<Record<string, number>>

/** What a train function may use. */
export interface TrainContext<Resources extends object = object> {
  /** The first control and its objects that fit the model. */
  readonly binding: Binding
  /** All that fit, in document order. */
  readonly bindings: readonly Binding[]
  readonly labelConfig: LabelConfig
  /** From `--config` and `--set`. */
  readonly options: Readonly<Record<string, unknown>>
  /** `params` of the request that asked for the training, without credentials. */
  readonly params: Readonly<Record<string, unknown>>
  /** Label Studio's project id. */
  readonly project: string
  /** How many items come, at most: some may not fit the binding. */
  readonly itemCount: number
  /** Resources of the version before, for fine-tuning; undefined on the first training. */
  readonly previous: Partial<Resources> | undefined
  /** Aborts when the job is cancelled or its time is over; some seconds later the process is ended. */
  readonly signal: AbortSignal
  readonly log: ModelLog
  /**
   * Shown by `htx-train` and the job API.
   *
   * @param fraction 0–1
   * @param metrics figures so far; the last ones are kept
   */
  progress(fraction: number, message?: string, metrics?: Metrics): void
  /** Brings the file behind a value of an item (URL, upload, `data:` URI) to this machine. Gives its local path. */
  resolve(url: string): Promise<string>
}

/**
 * Trains: an iterator of data items and a working directory in, JSON-serialisable resources out; `load()` gets them later.
 * Files that belong to the version go into `workingDir`; resources name them by their path there. `metrics` beside the resources are
 * kept with the version.
 */
export type TrainFn<Resources extends object = object, Input extends readonly unknown[] = readonly unknown[]> = (
  items: AsyncIterable<DataItem<Input>>,
  workingDir: string,
  context: TrainContext<Resources>,
) => Promise<Resources & { readonly metrics?: Metrics }> | (Resources & { readonly metrics?: Metrics })
