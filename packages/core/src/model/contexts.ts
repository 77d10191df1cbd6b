import type { Binding, LabelConfig } from '../label-config/label-config.ts'
import type { InteractiveContext } from './model-task.ts'

/** Writes to the server's log, with the model version and the request added. */
export interface ModelLog {
  debug(message: string, fields?: Readonly<Record<string, unknown>>): void
  info(message: string, fields?: Readonly<Record<string, unknown>>): void
  warn(message: string, fields?: Readonly<Record<string, unknown>>): void
  error(message: string, fields?: Readonly<Record<string, unknown>>): void
}

/** What `load` may use. */
export interface LoadContext {
  /** Version that is being loaded; `initial` before the first training. */
  readonly modelVersion: string
  /** From `--config` and `--set`. */
  readonly options: Readonly<Record<string, unknown>>
  /** Directory of the version's files; undefined for `initial`. */
  readonly directory: string | undefined
  /** Directory of the model module, for files that lie beside it. */
  readonly moduleDirectory: string
  /**
   * Threads that one computation of this worker may use, such as a run of an ONNX session: `--threads`, else the cores shared out among
   * the workers, so that workers × threads are no more than the cores. Without a pool: all cores.
   */
  readonly threads: number
  /** Aborts when the load is given up. */
  readonly signal: AbortSignal
  readonly log: ModelLog
  /**
   * Memory that all workers of this version share: the first that loads it calls `make`, the others get what that made, without a copy.
   * A reloaded worker too. It is freed when the version is unloaded.
   *
   * @param name of the value; each version has its own
   * @param make gives typed arrays, alone or in plain objects and arrays. Those over a `SharedArrayBuffer` are shared as they are, others are
   * copied into shared memory once. Up to 1 MiB of plain values (numbers, strings, …) may stand beside them; every worker has a copy of these.
   * @returns what was made, its typed arrays over `SharedArrayBuffer`s. Read it only: what one worker writes, all see.
   * @throws HtxError `HTX_NOT_SHAREABLE` for what threads cannot share, such as functions; or what `make` throws. The next load tries again.
   * @example
   * const { weights, bias } = await context.shared('head', async () => readHead(await readFile(headFile)))
   */
  shared<T>(name: string, make: () => T | Promise<T>): Promise<T>
}

/** What `predict` may use; the same for all tasks of the call. */
export interface PredictContext {
  /** The first control and its objects that fit the model. */
  readonly binding: Binding
  /** All that fit, in document order. */
  readonly bindings: readonly Binding[]
  readonly labelConfig: LabelConfig
  /** From `--config` and `--set`. */
  readonly options: Readonly<Record<string, unknown>>
  /** `params` of the request, without credentials and context. */
  readonly params: Readonly<Record<string, unknown>>
  /** Set when a person waits in the editor: clicks, rectangles, text. Then `tasks` has one task. */
  readonly interactive: InteractiveContext | undefined
  /** Label Studio's project id; undefined when the request names none. */
  readonly project: string | undefined
  readonly modelVersion: string
  /** Aborts at the deadline and when nobody waits any more. */
  readonly signal: AbortSignal
  readonly log: ModelLog
  /** Brings the file behind a value of the task's data (URL, upload, `data:` URI) to this machine. Gives its local path. */
  resolve(url: string): Promise<string>
}
