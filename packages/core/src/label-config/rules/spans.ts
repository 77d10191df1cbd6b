import { checkLabels } from './labels.ts'
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

/** Offsets are code points, end exclusive. */
function checkTextSpan(input: RuleInput): void {
  const { value, report } = input
  const { start, end } = value
  const mend = 'Count code points, not UTF-16 units; see spanOf.'
  if (!isIndex(start)) report('value.start', 'an offset in the text, code points from 0', start, mend)
  if (!isIndex(end)) report('value.end', 'an offset in the text, code points, exclusive', end, mend)
  if (!isIndex(start) || !isIndex(end)) return
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

/** The text that the person sees; undefined when it is not in the task itself or not as it is shown. */
function shownText(input: RuleInput): string | undefined {
  const { valueType, attributes } = input.object ?? {}
  if (valueType === 'url' || (attributes?.encoding ?? 'none') !== 'none') return undefined
  const text = shownData(input)
  return typeof text === 'string' ? text : undefined
}

/**
 * Offsets in the whole text, or XPaths with offsets in their nodes. `globalOffsets` alone show nothing: the editor only falls back on
 * them. Source: the editor's RichTextRegion.js and HtxRichText.
 */
function checkHyperTextSpan({ value, report }: RuleInput): void {
  const { start, end, startOffset, endOffset } = value
  if (isIndex(start) && isIndex(end)) {
    if (end <= start) report('value.end', `after the start, ${start}`, end, 'A span holds at least one character.')
    return
  }
  const mend = 'Make spans with hyperTextLabels.'
  if (typeof start !== 'string') report('value.start', 'an offset, or an XPath such as "/p[1]/text()[1]"', start, mend)
  if (typeof end !== 'string') report('value.end', 'an offset, or an XPath such as "/p[1]/text()[1]"', end, mend)
  if (!isIndex(startOffset)) report('value.startOffset', 'an offset in that node, code points', startOffset, mend)
  if (!isIndex(endOffset)) report('value.endOffset', 'an offset in that node, code points', endOffset, mend)
}

function checkStretch({ value, report }: RuleInput): void {
  const { start, end } = value
  const mend = 'Give seconds, not samples and not milliseconds.'
  if (!isNumber(start) || start < 0) report('value.start', 'seconds from the beginning', start, mend)
  if (!isNumber(end) || (isNumber(start) && end < start)) {
    report('value.end', 'seconds from the beginning, at or after the start', end, mend)
  }
}

function codePoints(text: string): number {
  let count = 0
  for (const _ of text) count += 1
  return count
}
