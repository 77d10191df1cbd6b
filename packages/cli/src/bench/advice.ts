import { amount } from '../amount.ts'
import type { SettingFigures } from './figures.ts'
import type { Recommendation } from './recommend.ts'
import { shapeName } from './settings.ts'
import { figure } from './table.ts'

/** The program that runs a setting. */
export function commandFor(model: string, { workers, threads, batch }: SettingFigures): string {
  return `htx-serve ${model} --workers ${workers} --threads ${threads} --batch-tasks ${batch}`
}

/** Why this setting, and how sure that is: a sentence each. */
export function reasonsFor({ best, withinLimit, equal }: Recommendation, maxP99Ms: number): string[] {
  const { tasksPerSecond, answerMs, requests } = best
  const limit = `${figure(maxP99Ms)} ms`
  const reasons: string[] = []
  if (!withinLimit) {
    reasons.push(
      `No setting keeps its p99 within ${limit}: this one answers soonest (${figure(answerMs.p99)} ms). Try smaller --batch, or allow more with --max-p99.`,
    )
  } else if (equal.length === 0) {
    reasons.push(`It does the most tasks a second of those whose p99 stays within ${limit}.`)
  } else {
    const named = equal.slice(0, mostNamed).map(nameOf)
    const more = equal.length > named.length ? ` and ${equal.length - named.length} more` : ''
    reasons.push(
      `Nothing whose p99 stays within ${limit} does more tasks a second, beyond what rounds differ by. As good: ${named.join('; ')}${more}.`,
      'Of these it answers soonest, or as soon with less memory.',
    )
  }
  if (withinLimit) reasons.push(`${figure(tasksPerSecond.median)} tasks/s, p99 ${figure(answerMs.p99)} ms.`)
  if (requests < fewestForP99) {
    reasons.push(`Its p99 is that of ${amount(requests, 'request')} only; --seconds gives it more.`)
  }
  return reasons
}

const mostNamed = 3

/** Of fewer values the 99th percentile is just the largest. */
const fewestForP99 = 100

function nameOf(figures: SettingFigures): string {
  const { batch, tasksPerSecond, answerMs } = figures
  return `${shapeName(figures)}, batch ${batch} (${figure(tasksPerSecond.median)} tasks/s, p99 ${figure(answerMs.p99)} ms)`
}
