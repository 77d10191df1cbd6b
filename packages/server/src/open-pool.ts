import { rm } from 'node:fs/promises'
import { HtxError, initialVersion, type Prediction, type Rejection, type StoredVersion, type Task } from '@htx/core'
import { completeOptions, type ModelServerOptions } from './options.ts'
import { WorkerPool } from './pool/worker-pool.ts'
import { makeTaskDataFolder } from './task-data-folder.ts'
import type { TaskDataOption } from './task-data-options.ts'
import { workerStart } from './worker-start.ts'

/** The options of a server that a pool alone can use. */
export type OpenPoolOptions = Pick<
  ModelServerOptions,
  | 'model'
  | 'options'
  | 'resources'
  | 'workers'
  | 'threads'
  | 'workerMemoryMb'
  | 'batchTasks'
  | 'batchRequests'
  | 'queueTasks'
  | 'predictTimeoutMs'
  | 'loadTimeoutMs'
  | TaskDataOption
> & {
  /** Name that predictions carry. Default: that of `version`, else `initial`. */
  readonly modelVersion?: string
  /** What a training left; `newestVersion` finds it. Default: none; `load` gets `resources`. */
  readonly version?: StoredVersion | undefined
  /** Hears what workers say of themselves: lines of `context.log`, threads that were lost. Default: nobody. */
  onEvent?(event: { readonly kind: string; readonly [detail: string]: unknown }): void
}

export interface PoolPredictOptions {
  /** XML. */
  readonly labelConfig: string
  readonly project?: string
  readonly params?: Readonly<Record<string, unknown>>
  readonly signal?: AbortSignal
}

export interface PoolPredictions {
  /** For each task, in order, the predictions that passed the check. */
  readonly predictions: Prediction[][]
  /** What was held back, and why. */
  readonly rejections: readonly Rejection[]
}

/** A model in worker threads, without HTTP. */
export interface ModelPool extends AsyncDisposable {
  /** @throws HtxError as `/predict` answers: `HTX_LABEL_CONFIG_UNFIT`, `HTX_QUEUE_FULL`, `HTX_DEADLINE_EXCEEDED`, … */
  predict(tasks: readonly Task[], options: PoolPredictOptions): Promise<PoolPredictions>
  /**
   * Waits until all workers serve. `openPool` gives the pool as soon as the first does; the others follow.
   *
   * @throws HtxError `HTX_WORKER_LOST` when one could not be opened; it is tried again
   */
  ready(): Promise<void>
  close(): Promise<void>
}

/**
 * Opens a pool of worker threads with one version of a model, for apps of your own.
 *
 * @example
 * await using pool = await openPool({ model: './model.ts', workers: 4 })
 * const { predictions } = await pool.predict([{ data: { text: 'great' } }], { labelConfig: '<View>…</View>' })
 */
export async function openPool({
  version,
  modelVersion = version?.version ?? initialVersion,
  onEvent,
  ...options
}: OpenPoolOptions): Promise<ModelPool> {
  const settings = completeOptions(options)
  // Threads are ended, and do not tidy up: the files that they fetch lie where this thread can remove them.
  const cacheDir = await makeTaskDataFolder()
  const pool = new WorkerPool({
    ...settings,
    start: workerStart(settings, cacheDir),
    onLog: message => onEvent?.({ kind: 'log', ...message }),
    onEvent: event => onEvent?.(event),
  })
  try {
    const { className, requiresTraining } = await pool.open()
    if (requiresTraining && version === undefined && options.resources === undefined) {
      throw new HtxError(
        'HTX_MODEL_UNTRAINED',
        `${className} must be trained before it can predict, and there is no version of it. Train one with htx-train, or give resources`,
      )
    }
    const { directory, resources } = version ?? { directory: undefined, resources: settings.resources }
    await pool.load({ key: modelVersion, modelVersion, directory, resources })
  } catch (error) {
    await close()
    throw error
  }
  return { predict, ready: () => pool.ready(), close, [Symbol.asyncDispose]: close }

  async function close(): Promise<void> {
    await pool.close()
    await rm(cacheDir, { recursive: true, force: true })
  }

  async function predict(
    tasks: readonly Task[],
    { labelConfig, project, params, signal }: PoolPredictOptions,
  ): Promise<PoolPredictions> {
    const bytes = Buffer.from(JSON.stringify({ project, label_config: labelConfig, params, tasks }))
    let cancel = () => {}
    const work = pool.predict({
      body: pool.read(bytes),
      versionKey: modelVersion,
      project,
      shape: 'list',
      timeoutMs: settings.predictTimeoutMs,
      onGone(giveUp) {
        cancel = giveUp
        signal?.addEventListener('abort', cancel, { once: true })
        if (signal?.aborted) cancel()
      },
    })
    // One signal may stand for thousands of calls.
    const { parts, rejections } = await work.finally(() => signal?.removeEventListener('abort', cancel))
    const answers: (Prediction | Prediction[])[] = JSON.parse(`[${parts.join(',')}]`)
    return { predictions: answers.map(answer => (Array.isArray(answer) ? answer : [answer])), rejections }
  }
}
