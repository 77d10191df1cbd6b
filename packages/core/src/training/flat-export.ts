import type { ControlTag, LabelConfig } from '../label-config/label-config.ts'
import type { Region } from '../wire/region.ts'
import type { ExportedTask } from './exported-task.ts'

/** Columns that Label Studio adds to those of the data and the controls. */
const ownColumns = new Set(['id', 'annotator', 'annotation_id', 'created_at', 'updated_at', 'lead_time', 'agreement'])

/** True for a record of JSON-MIN: the data lies at the top level, beside the answers. */
export function isFlatRecord(record: object): boolean {
  return !('data' in record && typeof record.data === 'object') && 'annotation_id' in record
}

/**
 * Makes a record of JSON-MIN, CSV or TSV a task with one annotation.
 *
 * Label Studio unwraps what has one choice or one text to a string, and writes everything else as a list of the regions' values, with the
 * size of the image among them; cells of CSV that are no string hold JSON. Source: `prettify_result` of label_studio_sdk.
 */
export function fromFlatRecord(record: Readonly<Record<string, unknown>>, { controls }: LabelConfig): ExportedTask {
  const data: Record<string, unknown> = {}
  const result: Region[] = []
  for (const [column, given] of Object.entries(record)) {
    const control = controls.get(column)
    const value = fromCell(given)
    if (control !== undefined) result.push(...regionsFrom(value, control))
    else if (!ownColumns.has(column)) data[column] = typeof given === 'string' ? given : value
  }
  return {
    id: numberOr(record.id),
    data,
    annotations: [
      {
        id: numberOr(record.annotation_id),
        completed_by: numberOr(record.annotator),
        created_at: record.created_at,
        updated_at: record.updated_at,
        result,
      },
    ],
  }
}

function regionsFrom(value: unknown, control: ControlTag): Region[] {
  if (value === undefined || value === null || value === '') return []
  const values = Array.isArray(value) ? value : [value]
  return values.map((entry, place) => regionFrom(entry, place, control))
}

function regionFrom(entry: unknown, place: number, { name, tag, toName }: ControlTag): Region {
  const type = tag.toLowerCase()
  const region = { id: `${name}-${place}`, from_name: name, to_name: toName[0] ?? '', type }
  if (typeof entry !== 'object' || entry === null) {
    return { ...region, value: type === 'textarea' ? { text: [entry] } : { [type]: [entry] } }
  }
  const { original_width: width, original_height: height, ...value } = entry as Record<string, unknown>
  return {
    ...region,
    value,
    ...(typeof width === 'number' ? { original_width: width } : {}),
    ...(typeof height === 'number' ? { original_height: height } : {}),
  }
}

/** Cells of CSV are text; lists and objects stand there as JSON. */
function fromCell(value: unknown): unknown {
  if (typeof value !== 'string' || !/^\s*[[{]/.test(value)) return value
  try {
    return JSON.parse(value)
  } catch {
    return value
  }
}

function numberOr(value: unknown): unknown {
  return typeof value === 'string' && /^\d{1,15}$/.test(value) ? Number(value) : value
}
