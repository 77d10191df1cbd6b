import { Readable } from 'node:stream'
import { parse } from 'csv-parse'

/** The rows of CSV or TSV by the names of their columns. */
export async function* csvRecords(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<Record<string, string>> {
  const parser = parse({
    columns: true,
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
