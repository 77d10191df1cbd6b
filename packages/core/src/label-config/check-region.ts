import type { Region } from '../wire/region.ts'
import type { ControlTag, ObjectTag } from './label-config.ts'
import type { PredictionProblem } from './prediction-problem.ts'
import {
  bitmaskRule,
  brushRule,
  ellipseRule,
  keyPointRule,
  polygonRule,
  rectangleRule,
  vectorRule,
  videoRectangleRule,
} from './rules/image.ts'
import { checkLabels, choicesRule, taxonomyRule } from './rules/labels.ts'
import { isNumber, type Rule, type RuleInput } from './rules/rule.ts'
import { hyperTextRule, labelsRule, paragraphRule, timelineRule, timeSeriesRule } from './rules/spans.ts'
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
  const report: RuleInput['report'] = (path, expected, got, mend) => {
    problems.push({ path, expected, got: describe(got), mend })
  }
  const { type, family, labelsKey } = controlFacts(control.tag)
  if (region.type !== type)
    report(
      'type',
      `"${type}", as from_name "${control.name}" is a <${control.tag}>`,
      region.type,
      `Write type: '${type}'.`,
    )
  if (region.id !== undefined && typeof region.id !== 'string')
    report('id', 'a text', region.id, 'The editor cannot work with ids that are no texts.')
  if (region.score !== undefined && region.score !== null && !isNumber(region.score))
    report('score', 'a number from 0 to 1', region.score, 'Leave it out when it is not known.')
  const { value } = region
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    report('value', 'an object', value, 'Make regions with the region builders.')
    return problems
  }
  const input: RuleInput = { region, value, control, object, data, report }
  rules[family](input)
  if (labelsKey !== undefined && imageFamilies.has(family)) checkLabels(input, labelsKey)
  return problems
}

/** What came, in a few words. */
export function describe(value: unknown): string {
  if (value === undefined) return 'nothing'
  if (typeof value === 'number' || typeof value === 'bigint') return String(value)
  if (typeof value === 'function') return 'a function'
  try {
    const text = JSON.stringify(value)
    return text.length > 80 ? `${text.slice(0, 77)}…` : text
  } catch {
    return 'something that is no JSON'
  }
}
