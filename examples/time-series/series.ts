import { readFile } from 'node:fs/promises'
import type { Binding } from '@htx/core'
import { parse } from 'csv-parse/sync'
import { utcParse } from 'd3-time-format'

/** A time series: one row a moment, one channel a thing that was measured. */
export interface Series {
  /** Moments as they stand in the data: what regions start and end with. */
  readonly times: readonly (number | string)[]
  /** The same as numbers, ascending. */
  readonly stamps: readonly number[]
  readonly channels: readonly Channel[]
}

export interface Channel {
  /** Name of the column, lower-cased as the editor does. */
  readonly name: string
  readonly values: Float64Array
}

type Columns = ReadonlyMap<string, readonly unknown[]>

/** Names that the editor takes for separators that are hard to write. */
const separators: Readonly<Record<string, string>> = { tab: '\t', '\\t': '\t', space: ' ', comma: ',' }

/**
 * Reads what `<TimeSeries>` shows: a CSV or JSON file, or columns in the task itself (`valueType="json"`).
 *
 * @param value of the task's data
 * @param resolve brings a file here
 * @throws Error when the editor could not show it either
 */
export async function readSeries(
  value: unknown,
  binding: Binding,
  resolve: (url: string) => Promise<string>,
): Promise<Series> {
  const { sep = ',', timeColumn } = binding.objects[0]?.attributes ?? {}
  const timeFormat = timeFormatOf(binding)
  const columns = await readColumns(value, separators[sep] ?? sep, resolve)
  const timeName = timeColumn === undefined ? undefined : nameOf(timeColumn, columns)
  const wanted = binding.control.attributes.model_columns?.split(',').map(name => nameOf(name, columns))
  const channels: Channel[] = []
  for (const [name, cells] of columns) {
    if (name === timeName || (wanted !== undefined && !wanted.includes(name))) continue
    const values = numbersIn(cells)
    if (values !== undefined) channels.push({ name, values })
  }
  if (channels.length === 0) throw new Error(`no column of numbers; the data has ${[...columns.keys()].join(', ')}`)
  const rows = channels[0]?.values.length ?? 0
  // Without a time column the editor counts rows.
  const times =
    timeName === undefined ? Array.from({ length: rows }, (_, row) => row) : timesOf(timeName, columns, timeFormat)
  const stamps = times.map(time => stampOf(time, timeFormat))
  for (let row = 1; row < stamps.length; row += 1) {
    if ((stamps[row] as number) < (stamps[row - 1] as number))
      throw new Error(`times must ascend; ${times[row]} comes after ${times[row - 1]}`)
  }
  return { times, stamps, channels }
}

/** How moments are written, as d3-time-format has it; undefined for numbers. */
export function timeFormatOf({ objects: [object] }: Binding): string | undefined {
  return object?.attributes.timeFormat
}

/** A moment as a number: as it is, or milliseconds by the config's `timeFormat`. */
export function stampOf(time: number | string, format: string | undefined): number {
  const stamp = format === undefined || typeof time === 'number' ? Number(time) : utcParse(format)(time)?.getTime()
  if (stamp !== undefined && Number.isFinite(stamp)) return stamp
  throw new Error(
    format === undefined
      ? `expected a number in the time column, got "${time}"; dates need timeFormat`
      : `expected a time like ${format}, got "${time}"`,
  )
}

/** The row nearest to a moment. */
export function rowAt({ stamps }: Series, stamp: number): number {
  let [low, high] = [0, stamps.length - 1]
  while (low < high) {
    const middle = (low + high) >> 1
    if ((stamps[middle] as number) < stamp) low = middle + 1
    else high = middle
  }
  const before = stamps[low - 1]
  return before !== undefined && stamp - before < (stamps[low] as number) - stamp ? low - 1 : low
}

async function readColumns(
  value: unknown,
  delimiter: string,
  resolve: (url: string) => Promise<string>,
): Promise<Columns> {
  if (typeof value !== 'string') return columnsOf(value)
  const text = value.trimStart().startsWith('{') ? value : await readFile(await resolve(value), 'utf8')
  if (text.trimStart().startsWith('{')) return columnsOf(JSON.parse(text))
  const rows: string[][] = parse(text, { delimiter, bom: true, skip_empty_lines: true, relax_column_count: true })
  const [first = []] = rows
  // A file without a header: the config names its columns by number.
  const headless = first.every(cell => Number.isFinite(Number(cell)))
  const cells = headless ? rows : rows.slice(1)
  return new Map(first.map((name, at) => [headless ? String(at) : name.toLowerCase(), cells.map(row => row[at])]))
}

function columnsOf(value: unknown): Columns {
  const entries = typeof value === 'object' && value !== null ? Object.entries(value) : []
  const columns = entries.filter((entry): entry is [string, unknown[]] => Array.isArray(entry[1]))
  if (columns.length === 0) throw new Error('expected columns, such as { "time": [0, 1], "speed": [3.5, 3.6] }')
  return new Map(columns.map(([name, cells]) => [name.toLowerCase(), cells]))
}

/** Configs name columns in any case, or by number. */
function nameOf(given: string, columns: Columns): string {
  const name = given.trim().toLowerCase()
  const found = columns.has(name) ? name : [...columns.keys()][/^\d+$/.test(name) ? Number(name) : -1]
  if (found !== undefined) return found
  throw new Error(`no column ${given}; the data has ${[...columns.keys()].join(', ')}`)
}

function timesOf(name: string, columns: Columns, format: string | undefined): (number | string)[] {
  return (columns.get(name) ?? []).map(cell =>
    typeof cell === 'number' || format === undefined ? Number(cell) : String(cell),
  )
}

/** Cells as numbers, a gap as what was measured before it; undefined when they are something else. */
function numbersIn(cells: readonly unknown[]): Float64Array | undefined {
  const isGap = (cell: unknown) => cell === undefined || cell === null || cell === ''
  const first = cells.find(cell => !isGap(cell))
  if (first === undefined) return undefined
  let last = Number(first)
  const values = Float64Array.from(cells, cell => {
    if (!isGap(cell)) last = Number(cell)
    return last
  })
  return values.every(Number.isFinite) ? values : undefined
}
