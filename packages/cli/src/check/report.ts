import { HtxError } from '@htx/core'
import { amount } from '../amount.ts'
import type { Finding, Verdict } from './finding.ts'

/** Tells findings as they come. */
export interface CheckReport {
  add(finding: Finding): void
  /** @throws HtxError `HTX_CHECK_FAILED` when there was a problem */
  end(summary: Summary): void
}

export interface Summary {
  /** What was looked at. */
  readonly what: string
  /** What to say when there was no problem. */
  readonly fine: string
  /** For programs. */
  readonly facts?: object
}

/** More of one kind is not worth reading; `--json` gives all. */
const mostFindingsShown = 100

const marks: Readonly<Record<Verdict, string>> = { ok: '✔', warning: '!', problem: '✖', skipped: '–' }

/** `--json`: one object a line on standard output. Else a table of ticks. */
export function openCheckReport({ json }: { readonly json: boolean }): CheckReport {
  const counts: Record<Verdict, number> = { ok: 0, warning: 0, problem: 0, skipped: 0 }
  let untold = 0
  return {
    add(finding) {
      counts[finding.verdict] += 1
      if (json) writeLine(JSON.stringify({ event: 'finding', ...finding }))
      else if (counts.problem + counts.warning > mostFindingsShown) untold += 1
      else writeLine(words(finding))
    },
    end({ what, fine, facts = {} }) {
      const { problem: problems, warning: warnings } = counts
      if (untold > 0) writeLine(`  … and ${untold} more; --json tells all`)
      if (json) writeLine(JSON.stringify({ event: 'checked', ...facts, problems, warnings }))
      else writeLine(`${what}: ${problems === 0 ? fine : amount(problems, 'problem')}${also(warnings)}`)
      if (problems > 0) throw new HtxError('HTX_CHECK_FAILED', `${amount(problems, 'problem')} found`)
    },
  }
}

function words({ verdict, what, message, mend, tookMs, limitMs = 0, place }: Finding): string {
  const time = tookMs === undefined ? '' : `${Math.round(tookMs)} ms of ${limitMs / 1000} s`.padStart(18)
  const columns = place === undefined ? `${what.padEnd(24)}${time}` : what
  return `${marks[verdict]} ${columns}  ${message}${mend === undefined ? '' : `\n    → ${mend}`}`
}

function also(warnings: number): string {
  return warnings === 0 ? '' : `, ${amount(warnings, 'warning')}`
}

function writeLine(text: string): void {
  process.stdout.write(`${text}\n`)
}
