import type { ModelPool, PoolPredictOptions } from '@htx/server'
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
  /** What was held back, by reason. */
  readonly rejected: Record<string, number>
}

export function newCounts(): RunCounts {
  return { tasks: 0, before: 0, predictions: 0, rejected: {} }
}

/** Counts what was held back, and tells of it. */
export function reject(
  counts: RunCounts,
  report: PredictReport,
  rejections: readonly { readonly reason: string; readonly message: string }[],
): void {
  for (const { reason, message } of rejections) {
    counts.rejected[reason] = (counts.rejected[reason] ?? 0) + 1
    report.rejected(reason, message)
  }
}
