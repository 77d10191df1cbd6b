import { spreadOf } from './statistics.ts'
import { printTable } from './table.ts'

/** What is wanted of a figure. */
export interface Bar {
  readonly work: string
  readonly against: string
  /** What the bar is about, such as `requests/s, ratio` or `p99, ms`. */
  readonly figure: string
  /** One value a round. */
  readonly measured: readonly number[]
  readonly better: 'more' | 'less'
  /** The bar itself. */
  readonly bar: number
  readonly wanted: number
}

/** @returns whether the median holds the bar, and whether it is all that is wanted */
export function verdict({ measured, better, bar, wanted }: Bar): 'wanted' | 'holds' | 'does not hold' | 'not measured' {
  const { median } = spreadOf(measured)
  if (Number.isNaN(median)) return 'not measured'
  const reaches = (level: number) => (better === 'more' ? median >= level : median <= level)
  return reaches(wanted) ? 'wanted' : reaches(bar) ? 'holds' : 'does not hold'
}

export function printBars(title: string, bars: readonly Bar[]): void {
  printTable(
    title,
    ['work', 'against', 'figure', 'measured', 'least', 'most', 'bar', 'wanted', 'verdict'],
    bars.map(entry => {
      const { median, least, most } = spreadOf(entry.measured)
      const sign = entry.better === 'more' ? '≥' : '≤'
      return [
        ...[entry.work, entry.against, entry.figure, median, least, most],
        ...[`${sign} ${entry.bar}`, `${sign} ${entry.wanted}`, verdict(entry)],
      ]
    }),
  )
}
