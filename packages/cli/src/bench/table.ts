import type { SettingFigures, Spread } from './figures.ts'

interface Column {
  readonly head: string
  cell(figures: SettingFigures): string
}

const columns: readonly Column[] = [
  { head: 'workers', cell: ({ workers }) => String(workers) },
  { head: 'threads', cell: ({ threads }) => String(threads) },
  { head: 'batch', cell: ({ batch }) => String(batch) },
  { head: 'tasks/s', cell: ({ tasksPerSecond }) => figure(tasksPerSecond.median) },
  { head: '±', cell: ({ tasksPerSecond }) => spread(tasksPerSecond) },
  { head: 'p50 ms', cell: ({ answerMs }) => figure(answerMs.p50) },
  { head: 'p95 ms', cell: ({ answerMs }) => figure(answerMs.p95) },
  { head: 'p99 ms', cell: ({ answerMs }) => figure(answerMs.p99) },
  { head: 'alone ms', cell: ({ aloneMs }) => figure(aloneMs.p50) },
  { head: 'CPU ms/task', cell: ({ cpuMsPerTask }) => figure(cpuMsPerTask) },
  { head: 'memory MiB', cell: ({ memoryMiB }) => figure(memoryMiB) },
]

/** A line a setting, below a line of headings. @param best is marked */
export function tableOf(settings: readonly SettingFigures[], best: SettingFigures | undefined): string {
  const rows = settings.map(figures => columns.map(({ cell }) => cell(figures)))
  const widths = columns.map(({ head }, place) => Math.max(head.length, ...rows.map(row => (row[place] ?? '').length)))
  const line = (cells: readonly string[]) => cells.map((cell, place) => cell.padStart(widths[place] ?? 0)).join('  ')
  return [
    line(columns.map(({ head }) => head)),
    ...rows.map((row, place) => `${line(row)}${settings[place] === best ? '  <' : ''}`),
  ].join('\n')
}

/** Three digits that count. */
export function figure(value: number): string {
  if (value >= 100) return String(Math.round(value))
  return value.toFixed(value >= 10 ? 1 : value >= 0.1 ? 2 : 3)
}

/** One round says nothing of how far rounds lie apart. */
function spread({ median, least, most, rounds }: Spread): string {
  return rounds.length < 2 ? '?' : `${Math.round(((most - least) / 2 / median) * 100)} %`
}
