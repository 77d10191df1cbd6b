import { checkCoveredText, checkLabels } from './labels.ts'
import { isIndex, isNumber, isRecord, type Rule, type RuleInput, shownData } from './rule.ts'

/** `Labels`: over text a span, over audio a stretch; over images and videos the label of a region that another tool drew. */
export const labelsRule: Rule = input => {
  checkLabels(input, 'labels')
  const tag = input.object?.tag
  if (tag === 'Text') checkTextSpan(input)
  else if (tag === 'HyperText') checkHyperTextSpan(input)
  else if (tag === 'Audio' || tag === 'AudioPlus') checkStretch(input)
}

export const hyperTextRule: Rule = input => {
  checkLabels(input, 'hypertextlabels')
  checkHyperTextSpan(input)
}

export const timeSeriesRule: Rule = input => {
  checkLabels(input, 'timeserieslabels')
  const { value, report } = input
  for (const edge of ['start', 'end'] as const) {
    const at = value[edge]
    if (isNumber(at) || typeof at === 'string') continue
    const mend = `Write ${edge} in the format of the time column.`
    report(`value.${edge}`, 'a time as in the time column: a number or a text', at, mend)
  }
  if (typeof value.instant !== 'boolean') {
    const mend = 'Write instant: true when start and end are one moment.'
    report('value.instant', 'true or false', value.instant, mend)
  }
  if (isNumber(value.start) && isNumber(value.end) && value.end < value.start) {
    report('value.end', `at or after the start, ${value.start}`, value.end, 'Swap start and end.')
  }
}

export const timelineRule: Rule = input => {
  checkLabels(input, 'timelinelabels')
  const { value, report } = input
  const { ranges } = value
  if (!Array.isArray(ranges) || ranges.length === 0) {
    report('value.ranges', 'a list with one range of frames', ranges, 'Write ranges: [{ start: 1, end: 25 }].')
    return
  }
  for (let place = 0; place < ranges.length; place += 1) {
    const { start, end } = isRecord(ranges[place]) ? ranges[place] : {}
    if (!isIndex(start) || start < 1) {
      report(`value.ranges[${place}].start`, 'a frame, counted from 1', start, 'The first frame of a video is 1.')
    }
    if (!isIndex(end) || (isIndex(start) && end < start)) {
      report(`value.ranges[${place}].end`, 'a frame at or after the start', end, 'Give the last frame of the range.')
    }
  }
}

/** Offsets are code points, end exclusive. XPaths with offsets in their nodes do as well: the editor shows a text as it shows HTML. */
function checkTextSpan(input: RuleInput): void {
  const { value, report } = input
  checkCoveredText(input)
  if (isXPathSpan(value)) {
    checkXPathSpan(input)
    return
  }
  const [start, end] = [offsetOf(value.start), offsetOf(value.end)]
  const mend = 'Count code points, not UTF-16 units; see spanOf.'
  if (start === undefined) report('value.start', 'an offset in the text, code points from 0', value.start, mend)
  if (end === undefined) report('value.end', 'an offset in the text, code points, exclusive', value.end, mend)
  checkNoNodeOffsets(input)
  if (start === undefined || end === undefined) return
  if (end <= start) {
    report('value.end', `after the start, ${start}`, end, 'A span holds at least one character; its end is exclusive.')
  }
  const text = shownText(input)
  // A text has at least half as many code points as UTF-16 units: counting them is only needed beyond.
  if (text === undefined || end <= text.length / 2) return
  const length = codePoints(text)
  if (end <= length) return
  report(
    'value.end',
    `at most ${length}, the length of the text in code points`,
    end,
    'Count in the text that the task has.',
  )
}

/** The editor reads offsets of the whole text that are written as texts, too. */
function offsetOf(value: unknown): number | undefined {
  const offset = typeof value === 'string' && value.trim() !== '' ? Number(value) : value
  return isIndex(offset) ? offset : undefined
}

function checkGlobalOffsets({ value: { globalOffsets }, report }: RuleInput): void {
  if (globalOffsets === undefined || globalOffsets === null) return
  const { start, end } = isRecord(globalOffsets) ? globalOffsets : {}
  if (isNumber(start) && isNumber(end)) return
  const mend = 'Make spans with hyperTextLabels, or leave globalOffsets out.'
  report('value.globalOffsets', 'start and end in the text of the page, numbers', globalOffsets, mend)
}

/** With offsets in nodes the editor takes start and end for XPaths; numbers are none. */
function checkNoNodeOffsets({ value, report }: RuleInput): void {
  for (const key of ['startOffset', 'endOffset'] as const) {
    if (value[key] === undefined || value[key] === null) continue
    report(`value.${key}`, 'no offset in a node beside offsets in the whole text', value[key], `Leave ${key} out.`)
  }
}

/** The text that the person sees; undefined when it is not in the task itself or not as it is shown. */
function shownText(input: RuleInput): string | undefined {
  const { valueType, attributes } = input.object ?? {}
  if (valueType === 'url' || (attributes?.encoding ?? 'none') !== 'none') return undefined
  const text = shownData(input)
  return typeof text === 'string' ? text : undefined
}

/**
 * Offsets in the whole text, or XPaths with offsets in their nodes. `globalOffsets` alone show nothing: the editor only falls back on
 * them. Source: the editor's RichTextRegion.js and prepareValue of its Annotation.js.
 */
function checkHyperTextSpan(input: RuleInput): void {
  const { value, report } = input
  checkCoveredText(input)
  checkGlobalOffsets(input)
  const [start, end] = [offsetOf(value.start), offsetOf(value.end)]
  if (start === undefined || end === undefined) {
    checkXPathSpan(input)
    return
  }
  checkNoNodeOffsets(input)
  if (end <= start) report('value.end', `after the start, ${start}`, end, 'A span holds at least one character.')
}

function isXPathSpan({ start, end, startOffset, endOffset }: RuleInput['value']): boolean {
  const hasPaths = typeof start === 'string' && typeof end === 'string' && offsetOf(start) === undefined
  return hasPaths && startOffset !== undefined && endOffset !== undefined
}

function checkXPathSpan({ value, report }: RuleInput): void {
  const { start, end, startOffset, endOffset } = value
  const mend = 'Make spans with labels or hyperTextLabels.'
  if (typeof start !== 'string') report('value.start', 'an offset, or an XPath such as "/p[1]/text()[1]"', start, mend)
  if (typeof end !== 'string') report('value.end', 'an offset, or an XPath such as "/p[1]/text()[1]"', end, mend)
  if (!isIndex(startOffset)) report('value.startOffset', 'an offset in that node, code points', startOffset, mend)
  if (!isIndex(endOffset)) report('value.endOffset', 'an offset in that node, code points', endOffset, mend)
}

/** A stretch may begin before the sound does; what ends there is not to be seen. */
function checkStretch({ value, report }: RuleInput): void {
  const { start, end, channel } = value
  const mend = 'Give seconds, not samples and not milliseconds.'
  if (!isNumber(start)) report('value.start', 'seconds from the beginning', start, mend)
  if (channel !== undefined && !isNumber(channel)) {
    report('value.channel', 'the number of a channel, from 0', channel, 'Write channel: 0, or leave it out.')
  }
  if (!isNumber(end) || end < 0 || (isNumber(start) && end < start)) {
    report('value.end', 'seconds from the beginning, at or after the start', end, mend)
  }
}

function codePoints(text: string): number {
  let count = 0
  for (const _ of text) count += 1
  return count
}
