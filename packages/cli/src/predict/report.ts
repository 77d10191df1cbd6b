import { messageOf } from '@htx/core'
import { amount } from '../amount.ts'
import { openBar } from '../progress-bar.ts'
import type { RunCounts } from './run.ts'

/** Tells a person, or a program, how a run goes. */
export interface PredictReport {
  /** True when it is worth counting the tasks first. */
  readonly wantsTotal: boolean
  /** @param done tasks, those of earlier runs among them */
  progress(done: number, total: number | undefined): void
  rejected(reason: string, message: string): void
  say(words: string): void
  done(counts: RunCounts, version: string, target: string): void
  failed(error: unknown): void
}

/** A model that fails for every task is not told a million times. */
const mostRejectionsShown = 20

export function openPredictReport({ json }: { readonly json: boolean }): PredictReport {
  if (json) return jsonReport()
  return process.stderr.isTTY ? barReport() : plainReport()
}

function jsonReport(): PredictReport {
  const write = (event: string, fields: object) =>
    process.stdout.write(`${JSON.stringify({ event, time: new Date().toISOString(), ...fields })}\n`)
  return {
    wantsTotal: true,
    progress: (done, total) => write('progress', { done, total }),
    rejected: (reason, message) => write('rejected', { reason, message }),
    say: message => write('message', { message }),
    done: ({ firstReason: _, ...counts }, version, target) => write('predicted', { ...counts, version, target }),
    failed: error => write('failed', { code: (error as { code?: unknown }).code, message: messageOf(error) }),
  }
}

/** A line each tenth of the way, or each thousand tasks. */
function plainReport(): PredictReport {
  const write = (text: string) => void process.stderr.write(`${text}\n`)
  let before = 0
  return {
    wantsTotal: false,
    progress(done, total) {
      const step = Math.floor(total === undefined ? done / 1000 : (done / total) * 10)
      if (step > before) write(total === undefined ? amount(done, 'task') : `${done} of ${amount(total, 'task')}`)
      before = Math.max(before, step)
    },
    rejected: someRejections(write),
    say: write,
    done: (...facts) => void process.stdout.write(words(...facts)),
    failed() {},
  }
}

function barReport(): PredictReport {
  const bar = openBar('{bar} {percentage} % | {value} of {total} tasks | {eta_formatted} left')
  return {
    wantsTotal: true,
    progress(done, total) {
      if (total !== undefined) bar.update(done, total)
    },
    rejected: someRejections(bar.above),
    say: bar.above,
    done(...facts) {
      bar.off()
      process.stdout.write(words(...facts))
    },
    failed: bar.off,
  }
}

function someRejections(write: (text: string) => void): PredictReport['rejected'] {
  let count = 0
  return (reason, message) => {
    count += 1
    if (count <= mostRejectionsShown) write(`  ${reason}: ${message}`)
    if (count === mostRejectionsShown) write('  more are counted only; --json tells all')
  }
}

/** The totals, and what of them was there before this run. */
function words(
  { tasks, before, predictions, predictionsBefore, rejected }: RunCounts,
  version: string,
  target: string,
): string {
  const reasons = Object.entries(rejected).map(([reason, count]) => `${count} ${reason}`)
  return [
    `${amount(predictions + predictionsBefore, 'prediction')} of version ${version} for ${amount(tasks, 'task')}`,
    ...(before === 0 ? [] : [`  before    ${predictionsBefore} of them, for ${amount(before, 'task')}`]),
    ...(reasons.length === 0 ? [] : [`  held back ${reasons.join(', ')}`]),
    `  in        ${target}`,
    '',
  ].join('\n')
}
