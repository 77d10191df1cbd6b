import { HtxError } from '@htx/core'
import type { ModelPool, PoolPredictOptions } from '@htx/server'
import { amount } from '../amount.ts'
import type { PredictReport } from './report.ts'

/** What a run works with, wherever its tasks come from and its predictions go. */
export interface PredictRun {
  readonly pool: ModelPool
  /** Name of the version that predicts. */
  readonly version: string
  readonly predict: PoolPredictOptions
  /** Tasks that one call of the pool gets. */
  readonly chunkTasks: number
  /** Chunks that are under way at once. */
  readonly width: number
  readonly report: PredictReport
}

/** What a run did. */
export interface RunCounts {
  /** Tasks that are through, those of earlier runs among them. */
  tasks: number
  /** Of them, tasks of earlier runs. */
  before: number
  /** Predictions that this run made. */
  predictions: number
  /** Those that tasks of earlier runs have. */
  predictionsBefore: number
  /** What was held back, by reason. */
  readonly rejected: Record<string, number>
  /** Of what was held back first. */
  firstReason: string | undefined
}

export function newCounts(): RunCounts {
  return { tasks: 0, before: 0, predictions: 0, predictionsBefore: 0, rejected: {}, firstReason: undefined }
}

/** Counts what was held back, and tells of it. */
export function reject(
  counts: RunCounts,
  report: PredictReport,
  rejections: readonly { readonly reason: string; readonly message: string }[],
): void {
  for (const { reason, message } of rejections) {
    counts.rejected[reason] = (counts.rejected[reason] ?? 0) + 1
    counts.firstReason ??= message
    report.rejected(reason, message)
  }
}

/** A model may fail for one task; one that fails for all of them is broken. */
export function isWorthKeeping({ before, predictions, firstReason }: RunCounts): boolean {
  return predictions > 0 || before > 0 || firstReason === undefined
}

/** @throws HtxError `HTX_MODEL_FAILED` when everything was held back */
export function expectSome(counts: RunCounts): void {
  if (isWorthKeeping(counts)) return
  const reasons = Object.entries(counts.rejected).map(([reason, count]) => `${count} ${reason}`)
  throw new HtxError(
    'HTX_MODEL_FAILED',
    `no prediction for any of ${amount(counts.tasks, 'task')} (${reasons.join(', ')}); the first: ${counts.firstReason}`,
  )
}
