import type { Prediction } from '../wire/prediction.ts'

/** Why a task has fewer predictions than the model gave, or none. */
export type RejectionReason =
  /** The task lacks the data that the bound object tags show. */
  | 'input-missing'
  /** The file behind the data could not be brought here. */
  | 'input-unreachable'
  /** `predict` threw for this very task, or gave no answer for it. */
  | 'model-failed'
  /** The editor would not show what `predict` returned. */
  | 'prediction-invalid'
  /** The worker died of this very task. */
  | 'worker-lost'

/** What was held back from Label Studio for one task, and why. */
export interface Rejection {
  readonly reason: RejectionReason
  /** For the model's author: what was expected, what came, what to do. */
  readonly message: string
}

/** What came of one task. */
export interface TaskOutcome {
  /** Checked predictions, best first as the model gave them, each with its `model_version`. */
  readonly predictions: readonly Prediction[]
  readonly rejection: Rejection | undefined
}
