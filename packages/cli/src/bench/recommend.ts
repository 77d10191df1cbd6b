import { medianOf, type SettingFigures } from './figures.ts'

/** Which settings to run, and how sure that is. */
export interface Recommendation {
  readonly best: SettingFigures
  /** False when no setting answers within the limit: then `best` is the quickest. */
  readonly withinLimit: boolean
  /** Settings within the limit that cannot be told from the best by their tasks a second. */
  readonly equal: readonly SettingFigures[]
}

/** Less than this is no difference, however alike the rounds are: another run of the program would say otherwise. */
const leastDifference = 0.05
/** Answers that take so much longer are still as quick. */
const leastDelay = 0.1

/**
 * The most tasks a second of those whose p99 stays within the limit. Of settings that are as good, the one that answers soonest; of
 * those, the one that takes least memory.
 *
 * @param figures at least one
 * @param maxP99Ms longest p99 of a request under load that is fine, milliseconds
 */
export function recommend(figures: readonly SettingFigures[], maxP99Ms: number): Recommendation {
  const within = figures.filter(({ answerMs }) => answerMs.p99 <= maxP99Ms)
  if (within.length === 0) {
    return { best: least(figures, ({ answerMs }) => answerMs.p99), withinLimit: false, equal: [] }
  }
  const most = least(within, ({ tasksPerSecond }) => -tasksPerSecond.median)
  const asGood = within.filter(setting => !isWorse(setting, most))
  const soonest = Math.min(...asGood.map(({ answerMs }) => answerMs.p99))
  const asQuick = asGood.filter(({ answerMs }) => answerMs.p99 <= soonest * (1 + leastDelay))
  const best = least(asQuick, ({ memoryMiB }) => memoryMiB)
  return { best, withinLimit: true, equal: asGood.filter(setting => setting !== best) }
}

/**
 * True when it is slower in the same rounds, which what else happened hit alike, all but one of five or more, and the difference is worth
 * a word.
 */
function isWorse({ tasksPerSecond: mine }: SettingFigures, { tasksPerSecond: other }: SettingFigures): boolean {
  const ratios = mine.rounds.flatMap((value, round) => {
    const same = other.rounds[round]
    return same === undefined ? [] : [value / same]
  })
  const odd = ratios.filter(ratio => ratio >= 1).length
  return odd <= Math.floor(ratios.length / 5) && medianOf(ratios) < 1 - leastDifference
}

function least<T>(values: readonly T[], by: (value: T) => number): T {
  return values.reduce((best, value) => (by(value) < by(best) ? value : best))
}
