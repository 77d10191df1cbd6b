import { createReadStream } from 'node:fs'
import { HtxError, isHtxError, messageOf } from '../errors/htx-error.ts'
import type { LabelConfig } from '../label-config/label-config.ts'
import type { ExportedTask } from './exported-task.ts'
import { fromFlatRecord, isFlatRecord } from './flat-export.ts'
import { csvRecords } from './read-csv.ts'
import { JsonFault, jsonValues } from './read-json.ts'

export interface ReadExportOptions {
  /** Says which columns of JSON-MIN, CSV and TSV are answers, and what they mean; JSON needs none. */
  readonly labelConfig?: LabelConfig
}

/**
 * Reads what Label Studio exports, one task at a time: JSON, JSON-MIN, CSV, TSV, or a JSON object a line. Which of them it is, is seen from
 * the content. Files of any size take the same memory.
 *
 * @param source path of a file, or its bytes
 * @example
 * for await (const task of readExport('project-12.json')) …
 * @throws HtxError `HTX_EXPORT_INVALID` with the place of what is wrong
 */
export async function* readExport(
  source: string | AsyncIterable<Uint8Array>,
  { labelConfig }: ReadExportOptions = {},
): AsyncGenerator<ExportedTask> {
  const name = typeof source === 'string' ? source : 'the export'
  let place = 0
  try {
    const { isJson, bytes } = await peek(typeof source === 'string' ? createReadStream(source) : source)
    const records = isJson ? jsonValues(bytes) : csvRecords(bytes, names => checkColumns(names, labelConfig))
    for await (const record of records) {
      place += 1
      yield toTask(record, isJson, labelConfig)
    }
  } catch (error) {
    if (isHtxError(error) && !isHtxError(error, 'HTX_EXPORT_INVALID')) throw error
    const where = place === 0 || error instanceof JsonFault ? '' : `, task ${place}`
    throw new HtxError('HTX_EXPORT_INVALID', `${name}${where}: ${messageOf(error)}`, { cause: error })
  }
}

/** A task of CSV has at least something that an object tag shows. */
function checkColumns(names: readonly string[], labelConfig: LabelConfig | undefined): void {
  const keys = [...(labelConfig?.objects.values() ?? [])].flatMap(({ dataKey }) =>
    dataKey === undefined ? [] : [dataKey],
  )
  if (labelConfig === undefined || keys.length === 0 || keys.some(key => names.includes(key.split(/[.[]/)[0] ?? key)))
    return
  throw invalid(
    `expected JSON, or CSV with a column ${keys.join(' or ')}; it begins with ${JSON.stringify(names.join(',').slice(0, 60))}`,
  )
}

function toTask(record: unknown, isJson: boolean, labelConfig: LabelConfig | undefined): ExportedTask {
  if (typeof record !== 'object' || record === null || Array.isArray(record)) {
    throw invalid(`expected a task, which is an object; got ${JSON.stringify(record)?.slice(0, 60)}`)
  }
  if (isJson && !isFlatRecord(record)) return record as ExportedTask
  if (labelConfig === undefined) {
    throw invalid('this is JSON-MIN or CSV, whose columns only a label config explains; give one, or export as JSON')
  }
  return fromFlatRecord(record as Record<string, unknown>, labelConfig)
}

function invalid(problem: string): HtxError {
  return new HtxError('HTX_EXPORT_INVALID', problem)
}

/** Looks at the first byte that is no white space, without taking it away. */
async function peek(source: AsyncIterable<Uint8Array>): Promise<{ isJson: boolean; bytes: AsyncIterable<Uint8Array> }> {
  const iterator = source[Symbol.asyncIterator]()
  const seen: Uint8Array[] = []
  let first: string | undefined
  while (first === undefined) {
    const next = await iterator.next()
    if (next.done === true) break
    seen.push(next.value)
    // A byte order mark is no content.
    first = /[^\s\uFEFF]/.exec(new TextDecoder().decode(next.value))?.[0]
  }
  if (first === undefined) throw invalid('expected tasks; it is empty')
  return { isJson: first === '[' || first === '{', bytes: all() }

  async function* all(): AsyncGenerator<Uint8Array> {
    try {
      yield* seen
      for (let next = await iterator.next(); next.done !== true; next = await iterator.next()) yield next.value
    } finally {
      await iterator.return?.()
    }
  }
}
