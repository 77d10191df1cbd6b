import type { Region } from '../../wire/region.ts'
import type { ControlTag, ObjectTag } from '../label-config.ts'

/** What a rule looks at. */
export interface RuleInput {
  readonly region: Region
  readonly value: Readonly<Record<string, unknown>>
  readonly control: ControlTag
  /** Undefined when the config has no such object. */
  readonly object: ObjectTag | undefined
  /** The task's data, when it is known. */
  readonly data: Readonly<Record<string, unknown>> | undefined
  /** @param path relative to the region, such as `value.choices[1]` */
  report(path: string, expected: string, got: unknown, mend: string): void
}

/** Reports what the editor would not show of a region. */
export type Rule = (input: RuleInput) => void

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
  return data?.[object.dataKey]
}
