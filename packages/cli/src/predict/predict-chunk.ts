import { isHtxError, type Prediction, type Rejection, type Task } from '@htx/core'
import type { ModelPool, PoolPredictOptions } from '@htx/server'

/** What came of some tasks. */
export interface ChunkAnswer {
  /** For each task, in order. */
  readonly predictions: readonly (readonly Prediction[])[]
  readonly rejections: readonly (Rejection | SlowTask)[]
}

interface SlowTask {
  readonly reason: 'too-slow'
  readonly message: string
}

/** Asks the pool about some tasks. Where no answer comes in time it asks about each by itself: one that hangs costs only itself. */
export async function predictChunk(
  pool: ModelPool,
  tasks: readonly Task[],
  options: PoolPredictOptions,
): Promise<ChunkAnswer> {
  try {
    return await pool.predict(tasks, options)
  } catch (error) {
    if (!isHtxError(error, 'HTX_DEADLINE_EXCEEDED')) throw error
    const [only] = tasks
    if (tasks.length === 1 && only !== undefined) {
      const message = `task ${only.id ?? '(without id)'}: ${error.message}`
      return { predictions: [[]], rejections: [{ reason: 'too-slow', message }] }
    }
  }
  const answers: ChunkAnswer[] = []
  for (const task of tasks) answers.push(await predictChunk(pool, [task], options))
  return {
    predictions: answers.flatMap(({ predictions }) => predictions),
    rejections: answers.flatMap(({ rejections }) => rejections),
  }
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
