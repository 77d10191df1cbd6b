import { HtxError, isHtxError, messageOf, type Task } from '@htx/core'
import { type ModelPool, openPool } from '@htx/server'
import type { LoadFacts, LoadOrder, OpenOrder, Rejected, Trial, TrialOrder } from './messages.ts'

/** A pool and the tasks that it is measured with. */
export interface MeasuredPool {
  trial(order: TrialOrder): Promise<Trial>
  use(tasks: readonly Task[]): void
  load(order: LoadOrder): Promise<LoadFacts>
  close(): Promise<void>
}

/** A model that fails for so many tasks, when their time is over, fails for all. */
const mostRejected = 10

/** @throws HtxError what `openPool` says, or why not all workers serve */
export async function openMeasuredPool({ pool: options, labelConfig, project }: OpenOrder): Promise<MeasuredPool> {
  let trouble: string | undefined
  const pool: ModelPool = await openPool({
    ...options,
    onEvent: ({ kind, reason }) => {
      if (kind === 'slot-lost' || kind === 'slot-failed') trouble = String(reason)
    },
  })
  await pool.ready().catch(async error => {
    await pool.close()
    throw new HtxError('HTX_WORKER_LOST', `${messageOf(error)}: ${trouble ?? 'no reason is known'}`, { cause: error })
  })
  const ask = (tasks: readonly Task[]) => pool.predict(tasks, { labelConfig, project })
  let measured: readonly Task[] = []
  let next = 0
  return { trial, use, load, close: () => pool.close() }

  async function trial({ tasks, forMs }: TrialOrder): Promise<Trial> {
    const good: number[] = []
    const rejected: Rejected[] = []
    const answerMs: number[] = []
    const endAt = performance.now() + forMs
    for (const [place, task] of tasks.entries()) {
      const askedAt = performance.now()
      if (askedAt > endAt && (good.length > 0 || place >= mostRejected)) break
      const rejection = await rejectionOf(task)
      if (rejection !== undefined) rejected.push(rejection)
      else {
        good.push(place)
        answerMs.push(performance.now() - askedAt)
      }
    }
    return { good, rejected, answerMs }
  }

  async function rejectionOf(task: Task): Promise<Rejected | undefined> {
    try {
      const { rejections } = await ask([task])
      return rejections[0]
    } catch (error) {
      if (isHtxError(error, 'HTX_MODEL_FAILED')) return { reason: 'model-failed', message: error.message }
      throw error
    }
  }

  function use(tasks: readonly Task[]): void {
    measured = tasks
  }

  /** Keeps `width` requests on their way: another one follows each answer. */
  async function load({ batch, width, forMs, fewest }: LoadOrder): Promise<LoadFacts> {
    const answerMs: number[] = []
    const cpuBefore = process.cpuUsage()
    const startedAt = performance.now()
    let asked = 0
    const askOn = async () => {
      while (asked < fewest || performance.now() - startedAt < forMs) {
        asked += 1
        const askedAt = performance.now()
        await ask(nextTasks(batch))
        answerMs.push(performance.now() - askedAt)
      }
    }
    await Promise.all(Array.from({ length: width }, askOn))
    const tookMs = performance.now() - startedAt
    const { user, system } = process.cpuUsage(cpuBefore)
    return {
      tasks: asked * batch,
      tookMs,
      answerMs,
      cpuMs: (user + system) / 1000,
      residentBytes: process.memoryUsage().rss,
    }
  }

  /** One after the other, and again from the first. */
  function nextTasks(count: number): Task[] {
    const tasks = Array.from({ length: count }, (_, place) => measured[(next + place) % measured.length] as Task)
    next = (next + count) % measured.length
    return tasks
  }
}
