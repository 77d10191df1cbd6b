import type { Region } from '../../wire/region.ts'
import type { ControlTag, ObjectTag } from '../label-config.ts'

/** @param path relative to what is checked, such as `value.choices[1]` */
export type Report = (path: string, expected: string, got: unknown, mend: string) => void

/** What a rule looks at. */
export interface RuleInput {
  readonly region: Region
  readonly value: Readonly<Record<string, unknown>>
  readonly control: ControlTag
  /** Undefined when the config has no such object. */
  readonly object: ObjectTag | undefined
  /** The task's data, when it is known. */
  readonly data: Readonly<Record<string, unknown>> | undefined
  readonly report: Report
}

/** Reports what the editor would not show of a region. Runs on every prediction: paths are built only for problems. */
export type Rule = (input: RuleInput) => void

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

export function isNumber(value: unknown): value is number {
  return typeof value === 'number' && Number.isFinite(value)
}

export function isIndex(value: unknown): value is number {
  return Number.isInteger(value) && (value as number) >= 0
}

export function isTextList(value: unknown): value is string[] {
  return Array.isArray(value) && value.every(entry => typeof entry === 'string')
}

/** What the bound object shows of this task; undefined when it is not known here. */
export function shownData({ object, data }: RuleInput): unknown {
  if (object?.dataKey === undefined) return object?.literal
  // Older Label Studios send tasks that were imported as bare values under this key.
  return (
    (data !== undefined && Object.hasOwn(data, object.dataKey) ? data[object.dataKey] : undefined) ?? data?.$undefined$
  )
}
