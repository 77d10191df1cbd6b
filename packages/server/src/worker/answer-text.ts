import type { Prediction, TaskOutcome } from '@htx/core'
import type { AnswerShape } from '../pool/messages.ts'

/** JSON of the answers to consecutive tasks, comma-separated without brackets, in the shape that the client reads. */
export function answerText(outcomes: readonly TaskOutcome[], shape: AnswerShape): string {
  return outcomes.map(({ predictions }) => JSON.stringify(answerFor(predictions, shape))).join(',')
}

function answerFor(predictions: readonly Prediction[], shape: AnswerShape): unknown {
  if (predictions.length === 1) return predictions[0]
  if (predictions.length === 0) return shape === 'dict' ? { result: [] } : []
  return shape === 'list' ? predictions : best(predictions)
}

/** The surest; without scores, the first. */
function best(predictions: readonly Prediction[]): Prediction {
  return predictions.reduce((best, next) => ((next.score ?? 0) > (best.score ?? 0) ? next : best))
}
