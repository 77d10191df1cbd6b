import { amount } from '../amount.ts'
import { openBar } from '../progress-bar.ts'
import { commandFor, reasonsFor } from './advice.ts'
import { recommend } from './recommend.ts'
import { shapeName } from './settings.ts'
import { roundCount, type SweepResult, type SweepStep } from './sweep.ts'
import { tableOf } from './table.ts'

/** What was measured, beside the figures. */
export interface BenchFacts {
  readonly model: string
  readonly version: string
  /** Tasks that were there to measure with. */
  readonly tasks: number
  readonly cores: number
  /** Such as `Node 22.1.0`. */
  readonly runtime: string
  readonly secondsPerSetting: number
  readonly maxP99Ms: number
}

/** How far it is: a bar, or a line for each thing that is begun, on standard error. */
export interface BenchProgress {
  step(step: SweepStep): void
  say(words: string): void
  off(): void
}

export function openBenchProgress(): BenchProgress {
  if (process.stderr.isTTY) {
    const bar = openBar('{bar} {percentage} % | {doing}')
    return { step: ({ done, total, doing }) => bar.update(done, total, { doing }), say: bar.above, off: bar.off }
  }
  let before = ''
  const say = (words: string) => void process.stderr.write(`${words}\n`)
  return {
    step({ doing }) {
      if (doing !== before) say(doing)
      before = doing
    },
    say,
    off() {},
  }
}

/** For a person. */
export function wordsOf(result: SweepResult, facts: BenchFacts): string {
  const { model, version, cores, runtime, maxP99Ms } = facts
  const head = `${model}, version ${version}, ${amount(result.usedTasks, 'task')}; ${amount(cores, 'core')}, ${runtime}`
  const notes = notesOn(result, facts)
  if (result.settings.length === 0) return lines(head, ...notes)
  const advice = recommend(result.settings, maxP99Ms)
  const reasons = reasonsFor(advice, maxP99Ms).map(reason => `  ${reason}`)
  return lines(
    head,
    '',
    tableOf(result.settings, advice.best),
    '',
    ...notes,
    `run: ${commandFor(model, advice.best)}`,
    ...reasons,
  )
}

/** For a program. */
export function jsonOf(result: SweepResult, facts: BenchFacts, stopped: boolean): string {
  const { settings, ...rest } = result
  const advice = settings.length === 0 ? undefined : recommend(settings, facts.maxP99Ms)
  const recommended = advice && {
    workers: advice.best.workers,
    threads: advice.best.threads,
    batchTasks: advice.best.batch,
    command: commandFor(facts.model, advice.best),
    withinLimit: advice.withinLimit,
    equal: advice.equal.map(({ workers, threads, batch }) => ({ workers, threads, batchTasks: batch })),
    why: reasonsFor(advice, facts.maxP99Ms).join(' '),
  }
  return lines(JSON.stringify({ ...facts, stopped, ...rest, settings, recommended: recommended ?? null }, inSixDigits))
}

function inSixDigits(_key: string, value: unknown): unknown {
  return typeof value === 'number' && !Number.isInteger(value) ? Number(value.toPrecision(6)) : value
}

/** What a person should know of the table. */
function notesOn(result: SweepResult, { tasks, secondsPerSetting }: BenchFacts): string[] {
  const { settings, tooLong, rejected, usedTasks, failed } = result
  const notes: string[] = []
  const rounds = Math.min(...settings.map(({ tasksPerSecond }) => tasksPerSecond.rounds.length))
  if (settings.length > 0 && rounds < roundCount) {
    notes.push(`stopped early: some settings had ${amount(rounds, 'round')} of ${roundCount} only`)
  }
  for (const pool of failed) notes.push(`${shapeName(pool)} failed: ${pool.reason}`)
  if (rejected.length > 0) {
    const [first] = rejected
    notes.push(
      `${amount(rejected.length, 'task')} left out, without a prediction; the first: ${first?.reason}: ${first?.message}`,
    )
  }
  const untried = tasks - usedTasks - rejected.length
  if (usedTasks > 0 && untried > 0) {
    notes.push(`${amount(untried, 'task')} not used: trying all of them takes more than ${secondsPerSetting} s`)
  }
  if (tooLong.length > 0) {
    notes.push(
      `batch ${tooLong.join(', ')} left out: its runs take too long for ${secondsPerSetting} s a setting; --seconds gives more`,
    )
  }
  return notes
}

function lines(...texts: readonly string[]): string {
  return `${texts.join('\n')}\n`
}
