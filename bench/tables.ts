/*
 * Writes what bench/results holds into the tables of docs/performance.md, between <!-- bars: names --> and <!-- -->.
 * node --import tsx bench/tables.ts
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { type Bar, verdict } from './measure/bar.ts'
import { median } from './measure/statistics.ts'

interface Results {
  readonly runtime: string
  readonly bars: readonly Bar[]
}

const page = new URL('../docs/performance.md', import.meta.url)
const runtimes = ['node24', 'node20', 'bun1']
const marks = { wanted: '++', holds: '+', 'does not hold': '−', 'not measured': '' }

const text = readFileSync(page, 'utf8').replaceAll(
  /(<!-- bars: ([a-z, -]+) -->\n).*?(<!-- -->)/gs,
  (_, begin: string, names: string, end: string) => `${begin}\n${names.split(', ').map(table).join('\n')}\n${end}`,
)
writeFileSync(page, text)

/** A row a bar, a column a runtime. */
function table(name: string): string {
  const measured = runtimes.flatMap(runtime => read(`${name}-${runtime}`) ?? [])
  const rows = new Map<string, string[]>()
  measured.forEach(({ bars }, column) => {
    for (const bar of bars) {
      const { work, against, figure, better, bar: least, wanted } = bar
      const sign = better === 'more' ? '≥' : '≤'
      const key = `| ${[work, against, figure, `${sign} ${least}`, `${sign} ${wanted}`].join(' | ')} |`
      const cells = rows.get(key) ?? measured.map(() => '')
      cells[column] = `${format(median(bar.measured))} ${marks[verdict(bar)]}`
      rows.set(key, cells)
    }
  })
  const head = ['work', 'against', 'figure', 'at least', 'wanted', ...measured.map(({ runtime }) => runtime)]
  const lines = [...rows].map(([key, cells]) => `${key} ${cells.join(' | ')} |`)
  return [`| ${head.join(' | ')} |`, `|${' --- |'.repeat(head.length)}`, ...lines, ''].join('\n')
}

function read(name: string): Results | undefined {
  const file = new URL(`results/${name}.json`, import.meta.url)
  return existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : undefined
}

function format(figure: number): string {
  return figure >= 100 ? figure.toFixed(0) : figure.toPrecision(figure === 0 ? 1 : 3).replace(/\.?0+$/, '')
}
