import { checkPrediction, type LabelConfig, type PredictionProblem } from '@htx/core'
import { coveredTextFindings } from './covered-text.ts'
import { fateOf, type Way } from './fate.ts'
import { type Finding, type PredictionPlace, placeWords } from './finding.ts'

/** A task with its place among all that are looked at, from 1. */
export interface PlacedTask {
  readonly place: number
  readonly id?: unknown
  readonly data: Readonly<Record<string, unknown>>
}

/** What keeps a prediction from being seen. @param number which of the task's predictions it is, from 1 */
export function predictionFindings(
  prediction: unknown,
  number: number,
  task: PlacedTask,
  labelConfig: LabelConfig,
  way: Way,
): Finding[] {
  const problems = checkPrediction(prediction, labelConfig, task)
  const result = (prediction as { result?: unknown } | null)?.result
  if (problems.length === 0 && Array.isArray(result)) return coveredTextFindings(result, number, task, labelConfig)
  return problems.map(problem => {
    const { verdict, words, mend = problem.mend } = fateOf(problem, prediction, way)
    const place = placeOf(problem, prediction, number, task)
    const message = `expected ${problem.expected}, got ${problem.got}; ${words}`
    return { verdict, what: placeWords(place), message, mend, place }
  })
}

function placeOf(
  { path }: PredictionProblem,
  prediction: unknown,
  number: number,
  { place, id }: PlacedTask,
): PredictionPlace {
  const here = { task: place, taskId: id, prediction: number }
  const [, index, field] = /^result\[(\d+)\]\.?(.*)$/.exec(path) ?? []
  if (index === undefined) return { ...here, ...(path === 'prediction' ? {} : { field: path }) }
  const region = (prediction as { result: readonly unknown[] }).result[Number(index)]
  const regionId = (region as { id?: unknown } | null)?.id
  return { ...here, region: Number(index) + 1, regionId, ...(field === '' || field === undefined ? {} : { field }) }
}
