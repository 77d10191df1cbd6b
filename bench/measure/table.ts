export type Cell = string | number | undefined

/** Prints rows below each other: words to the left, figures to the right. */
export function printTable(title: string, columns: readonly string[], rows: readonly (readonly Cell[])[]): void {
  const texts = rows.map(row => columns.map((_, place) => show(row[place])))
  const widths = columns.map((name, place) => Math.max(name.length, ...texts.map(row => (row[place] ?? '').length)))
  const isNumeric = columns.map((_, place) => rows.every(row => typeof row[place] !== 'string'))
  const line = (cells: readonly string[]) =>
    cells
      .map((cell, place) => (isNumeric[place] ? cell.padStart(widths[place] ?? 0) : cell.padEnd(widths[place] ?? 0)))
      .join('  ')
      .trimEnd()
  console.log(`\n${title}\n${line(columns)}\n${line(widths.map(width => '─'.repeat(width)))}`)
  for (const row of texts) console.log(line(row))
}

/** Three digits that count. */
function show(cell: Cell): string {
  if (cell === undefined) return '–'
  if (typeof cell === 'string') return cell
  if (!Number.isFinite(cell)) return '–'
  if (Number.isInteger(cell) || Math.abs(cell) >= 100) return cell.toFixed(0)
  return cell.toPrecision(3)
}
