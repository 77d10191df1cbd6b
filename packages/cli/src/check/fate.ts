import type { PredictionProblem } from '@htx/core'
import type { Verdict } from './finding.ts'
import { plainMend } from './plain-mends.ts'

/** How a prediction comes to Label Studio: in a file that is imported, in the answer of a backend; or it is there already. */
export type Way = 'import' | 'answer' | 'stored'

export interface Fate {
  readonly verdict: Extract<Verdict, 'warning' | 'problem'>
  /** What Label Studio does of it. */
  readonly words: string
  /** What to do about it, where that differs from what a model's author should do. */
  readonly mend?: string
}

const unseen = problem('Label Studio stores it as it is, and the editor shows nothing of it, or nonsense')
const batchLost = problem('Label Studio refuses the whole batch (400): nothing is stored for any of its tasks')
const importLost = problem('Label Studio refuses the whole file (400)')
const importBroken = problem('Label Studio fails (500) and leaves the tasks of the file behind without predictions')

/**
 * What Label Studio does of a prediction that has this problem. Seen on 1.23.2; it checks almost nothing itself.
 *
 * @param prediction as it came
 */
export function fateOf(problem: PredictionProblem, prediction: unknown, way: Way): Fate {
  const fate = fateAt(problem.path, prediction, way)
  const mend = fate.mend ?? idMend(problem) ?? (way === 'import' ? plainMend(problem) : undefined)
  return mend === undefined ? fate : { ...fate, mend }
}

function fateAt(path: string, prediction: unknown, way: Way): Fate {
  if (way === 'stored' && !/^(score|model_version)$/.test(path)) return problem('the editor shows nothing of it')
  const { score, model_version: version, result } = (prediction ?? {}) as Record<string, unknown>
  if (path === 'score') return scoreFate(score, way)
  if (path === 'model_version') return versionFate(version, way)
  if (path === 'prediction') return way === 'import' ? importBroken : answerFate(prediction)
  if (path === 'result') return resultFate(result, way)
  if (/^result\[\d+\]$/.test(path)) return way === 'import' ? importBroken : batchLost
  return unseen
}

function scoreFate(score: unknown, way: Way): Fate {
  const number = typeof score === 'string' && score.trim() !== '' ? Number(score) : score
  const mend =
    typeof number === 'number' && Number.isFinite(number)
      ? 'Write a number from 0 to 1 (87 % is 0.87).'
      : 'Write a number from 0 to 1, or leave it out when it is not known.'
  if (typeof score === 'number') return { ...warning('Label Studio stores it as it is, and sorts tasks by it'), mend }
  const lost = way === 'answer' ? batchLost : problem('Label Studio stores no score: tasks cannot be sorted by it')
  return { ...lost, mend }
}

function versionFate(version: unknown, way: Way): Fate {
  if (typeof version === 'number') return warning('Label Studio makes it a text')
  if (way === 'answer') return { ...batchLost, mend: 'Write a text, such as the version that /setup answers.' }
  const mend = 'Write a text; where it is left out, Label Studio calls the version «undefined».'
  return {
    ...problem('it is stored under no version: a project that shows the predictions of one version never shows it'),
    mend,
  }
}

function resultFate(result: unknown, way: Way): Fate {
  if (result === undefined) return way === 'import' ? importLost : problem('Label Studio drops it without a word')
  if (result === null) return way === 'import' ? importBroken : batchLost
  const guessed = problem('Label Studio guesses what it means, or stores null: then nothing shows')
  return typeof result === 'object' ? { ...guessed, mend: 'Put it into a list: "result": [{…}].' } : guessed
}

/** An id that is a number. */
function idMend({ path, got }: PredictionProblem): string | undefined {
  return /^result\[\d+\]\.id$/.test(path) && /^-?\d+(\.\d+)?$/.test(got) ? `Write it as a text: "${got}".` : undefined
}

function answerFate(prediction: unknown): Fate {
  if (prediction === null) return problem('Label Studio fails (500): nothing is stored for any task of the batch')
  return problem('Label Studio drops it, or fails (500)')
}

function problem(words: string): Fate {
  return { verdict: 'problem', words }
}

function warning(words: string): Fate {
  return { verdict: 'warning', words }
}
