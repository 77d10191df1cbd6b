import { checkLabels } from './labels.ts'
import { isIndex, isNumber, type Rule, type RuleInput, shownData } from './rule.ts'

/** `Labels`: over text a span, over audio a stretch; over images and videos the label of a region that another tool drew. */
export const labelsRule: Rule = input => {
  checkLabels(input, 'labels')
  const { object } = input
  if (object?.tag === 'Text') checkTextSpan(input)
  else if (object?.tag === 'HyperText') checkHyperTextSpan(input)
  else if (object?.tag.startsWith('Audio')) checkStretch(input, 'seconds')
}

export const hyperTextRule: Rule = input => {
  checkLabels(input, 'hypertextlabels')
  checkHyperTextSpan(input)
}

export const paragraphRule: Rule = input => {
  checkLabels(input, 'paragraphlabels')
  const { value, object, report } = input
  const utterances = shownData(input)
  for (const [edge, offsetKey] of [
    ['start', 'startOffset'],
    ['end', 'endOffset'],
  ] as const) {
    const index = value[edge]
    if (typeof index !== 'string' || !/^\d+$/.test(index)) {
      report(`value.${edge}`, 'the index of an utterance as a text, such as "0"', index, `Write ${edge}: '0'.`)
      continue
    }
    const offset = value[offsetKey]
    if (!isIndex(offset))
      report(`value.${offsetKey}`, 'an offset in the utterance, UTF-16 units from 0', offset, `Write ${offsetKey}: 0.`)
    if (!Array.isArray(utterances)) continue
    const utterance = utterances[Number(index)] as Record<string, unknown> | undefined
    const text = utterance?.[object?.attributes.textKey ?? 'text']
    if (utterance === undefined)
      report(
        `value.${edge}`,
        `an index below ${utterances.length}`,
        index,
        'Use the index of an utterance that the task has.',
      )
    else if (typeof text === 'string' && isIndex(offset) && offset > text.length) {
      report(
        `value.${offsetKey}`,
        `at most ${text.length}, the length of the utterance`,
        offset,
        'Count from the start of the utterance.',
      )
    }
  }
}

export const timeSeriesRule: Rule = input => {
  checkLabels(input, 'timeserieslabels')
  const { value, report } = input
  for (const edge of ['start', 'end'] as const) {
    const at = value[edge]
    if (!isNumber(at) && typeof at !== 'string')
      report(
        `value.${edge}`,
        'a time as in the time column: a number or a text',
        at,
        `Write ${edge} in the format of the time column.`,
      )
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
  for (const [place, range] of ranges.entries()) {
    const { start, end } = (range ?? {}) as { start?: unknown; end?: unknown }
    if (!isIndex(start) || start < 1)
      report(`value.ranges[${place}].start`, 'a frame, counted from 1', start, 'The first frame of a video is 1.')
    if (!isIndex(end) || (isIndex(start) && end < start))
      report(`value.ranges[${place}].end`, 'a frame at or after the start', end, 'Give the last frame of the range.')
  }
}

/** Offsets are code points, end exclusive. */
function checkTextSpan(input: RuleInput): void {
  const { value, object, report } = input
  const { start, end } = value
  if (!isIndex(start))
    report(
      'value.start',
      'an offset in the text, code points from 0',
      start,
      'Count code points, not UTF-16 units; see spanOf.',
    )
  if (!isIndex(end))
    report(
      'value.end',
      'an offset in the text, code points, exclusive',
      end,
      'Count code points, not UTF-16 units; see spanOf.',
    )
  if (!isIndex(start) || !isIndex(end)) return
  if (end <= start)
    report('value.end', `after the start, ${start}`, end, 'A span holds at least one character; its end is exclusive.')
  const text = object?.valueType === 'url' ? undefined : shownData(input)
  // A text has at most as many code points as UTF-16 units: counting them is only needed beyond.
  if (typeof text !== 'string' || end <= text.length / 2) return
  const length = codePoints(text)
  if (end > length)
    report(
      'value.end',
      `at most ${length}, the length of the text in code points`,
      end,
      'Count code points of the text that the task has.',
    )
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
  const hint = 'Make spans with hyperTextLabels.'
  if (typeof start !== 'string') report('value.start', 'an offset, or an XPath such as "/p[1]/text()[1]"', start, hint)
  if (typeof end !== 'string') report('value.end', 'an offset, or an XPath such as "/p[1]/text()[1]"', end, hint)
  if (!isIndex(startOffset)) report('value.startOffset', 'an offset in that node, code points', startOffset, hint)
  if (!isIndex(endOffset)) report('value.endOffset', 'an offset in that node, code points', endOffset, hint)
}

function checkStretch({ value, report }: RuleInput, unit: string): void {
  const { start, end } = value
  if (!isNumber(start) || start < 0)
    report('value.start', `${unit} from the beginning`, start, `Write start in ${unit}.`)
  if (!isNumber(end) || (isNumber(start) && end < start))
    report('value.end', `${unit}, at or after the start`, end, `Write end in ${unit}.`)
}

function codePoints(text: string): number {
  let count = 0
  for (const _ of text) count += 1
  return count
}
