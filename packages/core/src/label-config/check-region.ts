import type { Region } from '../wire/region.ts'
import type { ControlTag, ObjectTag } from './label-config.ts'
import type { PredictionProblem } from './prediction-problem.ts'
import { rectangleRule, videoRectangleRule } from './rules/box.ts'
import { choicesRule, taxonomyRule } from './rules/choices.ts'
import { checkLabels } from './rules/labels.ts'
import { bitmaskRule, brushRule } from './rules/mask.ts'
import { paragraphRule } from './rules/paragraphs.ts'
import { isIndex, isNumber, isRecord, type Report, type Rule, type RuleInput } from './rules/rule.ts'
import { ellipseRule, keyPointRule, polygonRule, vectorRule } from './rules/shape.ts'
import { hyperTextRule, labelsRule, timelineRule, timeSeriesRule } from './rules/spans.ts'
import {
  chatRule,
  dateTimeRule,
  numberRule,
  pairwiseRule,
  rankerRule,
  ratingRule,
  textAreaRule,
} from './rules/values.ts'
import { type ControlFamily, controlFacts, imageFamilies } from './tags.ts'

/** The bytes of a mask are not written out to be cut off again. */
const longestListShown = 40

const rules: Readonly<Record<ControlFamily, Rule>> = {
  choices: choicesRule,
  taxonomy: taxonomyRule,
  'text-area': textAreaRule,
  rating: ratingRule,
  number: numberRule,
  'date-time': dateTimeRule,
  pairwise: pairwiseRule,
  ranker: rankerRule,
  chat: chatRule,
  labels: labelsRule,
  'hypertext-span': hyperTextRule,
  'paragraph-span': paragraphRule,
  'time-series-span': timeSeriesRule,
  rectangle: rectangleRule,
  ellipse: ellipseRule,
  polygon: polygonRule,
  'key-point': keyPointRule,
  brush: brushRule,
  bitmask: bitmaskRule,
  vector: vectorRule,
  'video-rectangle': videoRectangleRule,
  timeline: timelineRule,
  opaque: () => {},
}

/**
 * Checks one region against its control: would the editor show it? Builders and `checkPrediction` share this.
 *
 * @param data the task's data, for offsets and ids; without it they are not compared
 * @returns problems with paths relative to the region; empty when the editor shows it
 */
export function checkRegion(
  region: Region,
  control: ControlTag,
  object: ObjectTag | undefined,
  data?: Readonly<Record<string, unknown>>,
): PredictionProblem[] {
  const problems: PredictionProblem[] = []
  checkRegionInto(region, control, object, data, (path, expected, got, mend) => {
    problems.push({ path, expected, got: describe(got), mend })
  })
  return problems
}

/** The same for one of many regions: nothing is allocated for the problems of a region that has none. */
export function checkRegionInto(
  region: Region,
  control: ControlTag,
  object: ObjectTag | undefined,
  data: Readonly<Record<string, unknown>> | undefined,
  report: Report,
): void {
  const { type, family, labelsKey } = controlFacts(control.tag)
  const { id, score, item_index, value } = region as Readonly<Record<string, unknown>>
  if (region.type !== type) {
    const expected = `"${type}", as from_name "${control.name}" is a <${control.tag}>`
    report('type', expected, region.type, `Write type: '${type}'.`)
  }
  // Where there is none the editor makes one.
  if (id !== undefined && id !== null && typeof id !== 'string') {
    report('id', 'a text', id, 'Older editors break over ids that are no texts.')
  }
  if (score !== undefined && score !== null && !isNumber(score)) {
    report('score', 'a number', score, 'Leave it out when it is not known.')
  }
  if (item_index !== undefined && item_index !== null && !isIndex(item_index)) {
    report('item_index', 'which item it is, counted from 0', item_index, 'Write item_index: 0 for the first.')
  }
  if (!isRecord(value)) {
    report('value', 'an object', value, 'Make regions with the region builders.')
    return
  }
  const input: RuleInput = { region, value, control, object, data, report }
  rules[family](input)
  if (labelsKey !== undefined && imageFamilies.has(family)) checkLabels(input, labelsKey)
}

/** What came, in a few words. */
export function describe(value: unknown): string {
  if (value === undefined) return 'nothing'
  if (typeof value === 'number' || typeof value === 'bigint') return String(value)
  if (typeof value === 'function' || typeof value === 'symbol') return `a ${typeof value}`
  if (value instanceof Map || value instanceof Set || ArrayBuffer.isView(value)) return `a ${value.constructor.name}`
  if (Array.isArray(value) && value.length > longestListShown) return `a list of ${value.length}`
  try {
    const text = JSON.stringify(value)
    return text.length > 80 ? `${text.slice(0, 77)}…` : text
  } catch {
    return 'something that is no JSON'
  }
}
