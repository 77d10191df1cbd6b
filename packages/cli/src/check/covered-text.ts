import { type LabelConfig, type ObjectTag, utf16Offset } from '@htx/core'
import { type Finding, placeWords } from './finding.ts'
import type { PlacedTask } from './prediction-findings.ts'

/** Longer texts are cut in messages. */
const mostCharacters = 40

/**
 * Spans that say which text they cover, and cover another one: their offsets may be of UTF-16 units, of bytes or of tokens.
 *
 * @param number which of the task's predictions it is, from 1
 */
export function coveredTextFindings(
  result: readonly unknown[],
  number: number,
  { place: task, id: taskId, data }: PlacedTask,
  { objects }: LabelConfig,
): Finding[] {
  const findings: Finding[] = []
  for (const [index, region] of result.entries()) {
    const { id: regionId, type, to_name, value } = isRecord(region) ? region : {}
    // What a person writes about a span is "text", too.
    if (type !== 'labels') continue
    const { start, end, text: said } = isRecord(value) ? value : {}
    const object = typeof to_name === 'string' ? objects.get(to_name) : undefined
    const shown = object === undefined ? undefined : shownText(object, data)
    if (typeof shown !== 'string' || typeof said !== 'string') continue
    if (typeof start !== 'number' || typeof end !== 'number') continue
    const covered = shown.slice(utf16Offset(shown, start), utf16Offset(shown, end))
    if (withoutSpace(covered) === withoutSpace(said)) continue
    const at = { task, taskId, prediction: number, region: index + 1, regionId, field: 'value.text' }
    findings.push({
      verdict: 'warning',
      what: placeWords(at),
      message: `it says ${quoted(said)}, but start and end cover ${quoted(covered)}, which the editor marks`,
      mend: 'Count code points, as Python does, end exclusive; not UTF-16 units, bytes or tokens.',
      place: at,
    })
  }
  return findings
}

/** Undefined when it is not in the task itself, or not as it is shown. */
function shownText({ tag, dataKey, valueType, attributes }: ObjectTag, data: PlacedTask['data']): unknown {
  const isPlain = tag === 'Text' && valueType !== 'url' && (attributes.encoding ?? 'none') === 'none'
  return isPlain && dataKey !== undefined ? data[dataKey] : undefined
}

/** How space is written tells nothing of offsets. */
function withoutSpace(text: string): string {
  return text.replaceAll(/\s+/g, '')
}

function quoted(text: string): string {
  return JSON.stringify(text.length > mostCharacters ? `${text.slice(0, mostCharacters)}…` : text)
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
