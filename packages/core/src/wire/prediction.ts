import type { ResultEntry } from './region.ts'

/** What a model returns for a task: regions, and how sure it is. */
export interface Prediction {
  result: ResultEntry[]
  /** Confidence of the whole prediction, 0–1; the Data Manager sorts by it (active learning). */
  score?: number
  /** Filled in by htx with the version that computed it. */
  model_version?: string
}
