import { HtxError, isHtxError, type Task } from '@htx/core'
import type { OpenPoolOptions } from '@htx/server'
import { amount } from '../amount.ts'
import { figuresOf, percentilesOf, type SettingFigures } from './figures.ts'
import type { LoadFacts, Rejected, Trial } from './messages.ts'
import { type PoolProcess, startPoolProcess } from './pool-process.ts'
import { type PoolShape, shapeName } from './settings.ts'

export interface SweepOptions {
  readonly shapes: readonly PoolShape[]
  /** Tasks of a request, ascending. */
  readonly batches: readonly number[]
  readonly tasks: readonly Task[]
  /** How long each setting is measured, over all rounds. Milliseconds. */
  readonly forMs: number
  readonly pool: OpenPoolOptions
  readonly labelConfig: string
  readonly project: string
  /** Directory for what the processes leave. */
  readonly temporary: string
  /** Ends it with what is measured by then. */
  readonly signal: AbortSignal
  onStep(step: SweepStep): void
}

/** How far it is. */
export interface SweepStep {
  readonly done: number
  readonly total: number
  readonly doing: string
}

/** What came of it. */
export interface SweepResult {
  readonly settings: readonly SettingFigures[]
  /** Pools that failed, and why. */
  readonly failed: readonly FailedPool[]
  /** Batches that were left out: their runs would take much longer than their turn. */
  readonly tooLong: readonly number[]
  /** How many of the tasks were measured with. */
  readonly usedTasks: number
  /** Tasks that were left out because they get no prediction. */
  readonly rejected: readonly Rejected[]
}

export interface FailedPool extends PoolShape {
  readonly reason: string
}

/** A pool that is measured. */
interface Entry {
  readonly shape: PoolShape
  readonly process: PoolProcess
  readonly alone: LoadFacts[]
  /** Rounds by batch. */
  readonly loads: Map<number, LoadFacts[]>
}

/** What the trial says of the tasks. */
interface Plan {
  readonly tasks: readonly Task[]
  readonly batches: readonly number[]
  readonly tooLong: readonly number[]
  readonly rejected: readonly Rejected[]
}

export const roundCount = 5
/** Requests for each worker that wait or are being answered: one is worked on, one is there when that is done. */
const requestsPerWorker = 2
/** A run may take so much of a setting's time: each round has two of them, one after the other. */
const longestRunShare = 0.5

/**
 * Measures settings against each other. Each pool has a process of its own; all are open and take turns, in rounds, so that what else
 * happens on the machine hits all of them alike.
 *
 * @throws HtxError why nothing can be measured: the label config does not fit, the model fails for every task, no pool can be opened
 */
export async function sweep(options: SweepOptions): Promise<SweepResult> {
  const { shapes, forMs, signal, temporary } = options
  const roundMs = forMs / roundCount
  const total = shapes.length * (1 + roundCount)
  let done = 0
  let plan: Plan | undefined
  const processes: PoolProcess[] = []
  let entries: Entry[] = []
  const failed: FailedPool[] = []
  const close = async () => {
    await Promise.all(processes.map(process => process.close()))
  }
  const onAbort = () => void close()
  signal.addEventListener('abort', onAbort, { once: true })
  try {
    for (const shape of shapes) await step(shape, `opening ${shapeName(shape)}`, () => open(shape))
    for (let round = 1; round <= roundCount; round += 1) {
      // There and back: what grows slower or quicker over the time favours none.
      for (const entry of round % 2 === 0 ? entries.toReversed() : entries) {
        await step(entry.shape, `round ${round} of ${roundCount}: ${shapeName(entry.shape)}`, () => takeTurn(entry))
      }
    }
  } catch (error) {
    if (!signal.aborted) throw error
  } finally {
    signal.removeEventListener('abort', onAbort)
    await close()
  }
  return {
    settings: entries.flatMap(settingsOf),
    failed,
    tooLong: plan?.tooLong ?? [],
    usedTasks: plan?.tasks.length ?? 0,
    rejected: plan?.rejected ?? [],
  }

  /** A pool that is lost costs only its own settings, unless it is the last one. */
  async function step(shape: PoolShape, doing: string, work: () => Promise<void>): Promise<void> {
    options.onStep({ done, total, doing })
    try {
      await work()
    } catch (error) {
      if (signal.aborted || !isHtxError(error, 'HTX_WORKER_LOST')) throw error
      failed.push({ ...shape, reason: error.message })
      entries = entries.filter(entry => entry.shape !== shape)
      if (failed.length === shapes.length) throw error
    }
    done += 1
    options.onStep({ done, total, doing })
  }

  async function open(shape: PoolShape): Promise<void> {
    signal.throwIfAborted()
    const process = startPoolProcess(temporary)
    processes.push(process)
    const pool = poolOptions(options, shape)
    await process.order('open', { pool, labelConfig: options.labelConfig, project: options.project })
    plan ??= planFor(options, await process.order('trial', { tasks: options.tasks, forMs }))
    const { tasks, batches } = plan
    await process.order('use', tasks)
    const batch = batches.at(-1) as number
    // Each task once, so that files which belong to them are here.
    const fewest = Math.ceil(tasks.length / batch)
    await process.order('load', { batch, width: widthOf(shape), forMs: roundMs, fewest })
    entries.push({ shape, process, alone: [], loads: new Map(batches.map(size => [size, []])) })
  }

  async function takeTurn({ shape, process, alone, loads }: Entry): Promise<void> {
    alone.push(await process.order('load', { batch: 1, width: 1, forMs: roundMs / 2, fewest: 1 }))
    for (const [batch, rounds] of loads) {
      rounds.push(await process.order('load', { batch, width: widthOf(shape), forMs: roundMs, fewest: 1 }))
    }
  }
}

function poolOptions({ pool, batches }: SweepOptions, shape: PoolShape): OpenPoolOptions {
  const batchTasks = batches.at(-1) as number
  // A request is a run: others would be added to it otherwise.
  return { ...pool, ...shape, batchTasks, batchRequests: 1, queueTasks: widthOf(shape) * batchTasks }
}

function widthOf({ workers }: PoolShape): number {
  return workers * requestsPerWorker
}

function settingsOf({ shape, alone, loads }: Entry): SettingFigures[] {
  return [...loads].flatMap(([batch, rounds]) =>
    rounds.length === 0 ? [] : [figuresOf({ ...shape, batch }, rounds, alone)],
  )
}

/** @throws HtxError `HTX_MODEL_FAILED` when no task can be measured with */
function planFor({ tasks, batches, forMs }: SweepOptions, { good, rejected, answerMs }: Trial): Plan {
  if (good.length === 0) {
    throw new HtxError(
      'HTX_MODEL_FAILED',
      `nothing to measure: no prediction for any of ${amount(rejected.length, 'task')}; the first: ${rejected[0]?.message}`,
    )
  }
  const taskMs = percentilesOf(answerMs).p50
  const isTooLong = (batch: number) => batch * taskMs > forMs * longestRunShare && batch !== batches[0]
  return {
    tasks: good.map(place => tasks[place] as Task),
    batches: batches.filter(batch => !isTooLong(batch)),
    tooLong: batches.filter(isTooLong),
    rejected,
  }
}
