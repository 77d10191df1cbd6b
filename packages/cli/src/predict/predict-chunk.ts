import { isHtxError, type Prediction, type Rejection, type Task } from '@htx/core'
import type { ModelPool, PoolPredictOptions } from '@htx/server'

/** What came of some tasks. */
export interface ChunkAnswer {
  /** For each task, in order. */
  readonly predictions: readonly (readonly Prediction[])[]
  readonly rejections: readonly Held[]
}

/** Why a task has no prediction. */
interface Held {
  readonly reason: Rejection['reason'] | 'too-slow'
  readonly message: string
}

/**
 * Asks the pool about some tasks. Where no answer comes in time it asks about each by itself: one that hangs costs only itself. Where the
 * model fails for all of them, others may go better.
 */
export async function predictChunk(
  pool: ModelPool,
  tasks: readonly Task[],
  options: PoolPredictOptions,
): Promise<ChunkAnswer> {
  try {
    return await pool.predict(tasks, options)
  } catch (error) {
    if (isHtxError(error, 'HTX_MODEL_FAILED')) return allRejected(tasks, 'model-failed', error.message)
    if (!isHtxError(error, 'HTX_DEADLINE_EXCEEDED')) throw error
    if (tasks.length === 1) {
      return allRejected(tasks, 'too-slow', `task ${tasks[0]?.id ?? '(without id)'}: ${error.message}`)
    }
  }
  const answers: ChunkAnswer[] = []
  for (const task of tasks) answers.push(await predictChunk(pool, [task], options))
  return {
    predictions: answers.flatMap(({ predictions }) => predictions),
    rejections: answers.flatMap(({ rejections }) => rejections),
  }
}

function allRejected(tasks: readonly Task[], reason: Held['reason'], message: string): ChunkAnswer {
  return { predictions: tasks.map(() => []), rejections: tasks.map(() => ({ reason, message })) }
}

/** A task as the pool takes it; one without data is told apart there. */
export function toTask(value: unknown): Task {
  const record = isRecord(value) ? value : {}
  // Label Studio takes an object without "data" for the data itself.
  const { id, data = record, meta } = record
  return {
    ...(typeof id === 'number' || typeof id === 'string' ? { id } : {}),
    data: isRecord(data) ? data : {},
    ...(meta === undefined ? {} : { meta }),
  }
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
