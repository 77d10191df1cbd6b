import { messageOf, type Prediction, type Rejection, type TaskOutcome } from '@htx/core'
import type { AnswerShape } from '../pool/messages.ts'

export interface AnswerText {
  /** JSON of the answers to consecutive tasks, comma-separated without brackets, in the shape that the client reads. */
  readonly text: string
  readonly rejections: readonly Rejection[]
}

export function answerText(outcomes: readonly TaskOutcome[], shape: AnswerShape): AnswerText {
  const rejections: Rejection[] = []
  for (const { rejection } of outcomes) if (rejection !== undefined) rejections.push(rejection)
  const answers = outcomes.map(({ predictions }) => answerFor(predictions, shape))
  return { text: writeAnswers(answers, shape, rejections), rejections }
}

/** All in one go; one by one only when something in them is no JSON. */
function writeAnswers(answers: readonly unknown[], shape: AnswerShape, rejections: Rejection[]): string {
  try {
    return JSON.stringify(answers).slice(1, -1)
  } catch {
    return answers.map(answer => writeAnswer(answer, shape, rejections)).join(',')
  }
}

function writeAnswer(answer: unknown, shape: AnswerShape, rejections: Rejection[]): string {
  try {
    return JSON.stringify(answer)
  } catch (error) {
    rejections.push({ reason: 'prediction-invalid', message: `a prediction must be JSON; ${messageOf(error)}` })
    return JSON.stringify(answerFor([], shape))
  }
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
