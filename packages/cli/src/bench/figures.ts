import type { LoadFacts } from './messages.ts'
import type { Setting } from './settings.ts'

/** Milliseconds. */
export interface Percentiles {
  readonly p50: number
  readonly p95: number
  readonly p99: number
}

/** The middle of the rounds, and how far they lie apart. */
export interface Spread {
  readonly median: number
  readonly least: number
  readonly most: number
  /** In their order: the same rounds of other settings were taken at the same time. */
  readonly rounds: readonly number[]
}

/** What was measured of a setting. */
export interface SettingFigures extends Setting {
  readonly requests: number
  readonly tasksPerSecond: Spread
  /** To the answer of a request under load, waiting for a worker included. */
  readonly answerMs: Percentiles
  /** To the answer for one task, when nothing else is to be done. */
  readonly aloneMs: Percentiles
  readonly cpuMsPerTask: number
  /** Of the whole process. */
  readonly memoryMiB: number
}

/** @param rounds at least one @param alone loads of one task at a time */
export function figuresOf(setting: Setting, rounds: readonly LoadFacts[], alone: readonly LoadFacts[]): SettingFigures {
  const answerMs = rounds.flatMap(round => round.answerMs)
  return {
    ...setting,
    requests: answerMs.length,
    tasksPerSecond: spreadOf(rounds.map(({ tasks, tookMs }) => (tasks / tookMs) * 1000)),
    answerMs: percentilesOf(answerMs),
    aloneMs: percentilesOf(alone.flatMap(round => round.answerMs)),
    cpuMsPerTask: spreadOf(rounds.map(({ cpuMs, tasks }) => cpuMs / tasks)).median,
    // A process seldom gives memory back: later rounds hold what larger batches of earlier ones took.
    memoryMiB: Math.min(...rounds.map(({ residentBytes }) => residentBytes)) / 2 ** 20,
  }
}

/** @param values at least one */
export function percentilesOf(values: readonly number[]): Percentiles {
  const sorted = values.toSorted((a, b) => a - b)
  const at = (share: number) => sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)] as number
  return { p50: at(0.5), p95: at(0.95), p99: at(0.99) }
}

/** @param values at least one */
export function spreadOf(values: readonly number[]): Spread {
  const sorted = values.toSorted((a, b) => a - b)
  return { median: medianOf(values), least: sorted[0] as number, most: sorted.at(-1) as number, rounds: values }
}

/** @param values at least one */
export function medianOf(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  const middle = (sorted.length - 1) / 2
  return ((sorted[Math.floor(middle)] as number) + (sorted[Math.ceil(middle)] as number)) / 2
}
