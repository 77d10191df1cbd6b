import { Readable } from 'node:stream'
import { parse } from 'csv-parse'

/**
 * The rows of CSV or TSV by the names of their columns.
 *
 * @param checkColumns throws when these are not the columns of a task: any text looks like CSV
 */
export async function* csvRecords(
  bytes: AsyncIterable<Uint8Array>,
  checkColumns: (names: readonly string[]) => void,
): AsyncGenerator<Record<string, string>> {
  const parser = parse({
    columns: (names: string[]) => {
      checkColumns(names)
      return names
    },
    bom: true,
    delimiter: [',', '\t'],
    skip_empty_lines: true,
    max_record_size: 64 * 1024 * 1024,
  })
  const input = Readable.from(bytes)
  input.on('error', error => parser.destroy(error))
  try {
    for await (const record of input.pipe(parser)) yield record as Record<string, string>
  } finally {
    input.destroy()
  }
}
