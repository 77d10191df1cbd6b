import { checkCoveredText, checkLabels } from './labels.ts'
import { isIndex, isRecord, type Rule, type RuleInput, shownData } from './rule.ts'

/** A span of a dialogue: utterances by index, as texts, and offsets in them in UTF-16 units, as `slice` counts. */
export const paragraphRule: Rule = input => {
  checkLabels(input, 'paragraphlabels')
  checkCoveredText(input)
  const { value, report } = input
  const utterances = shownData(input)
  checkEdge(input, 'start', 'startOffset', utterances)
  checkEdge(input, 'end', 'endOffset', utterances)
  const { start, end, startOffset, endOffset } = value
  if (typeof start !== 'string' || typeof end !== 'string' || !isIndex(startOffset) || !isIndex(endOffset)) return
  if (Number(end) < Number(start)) report('value.end', `at or after the start, "${start}"`, end, 'Swap start and end.')
  if (start === end && endOffset <= startOffset) {
    const mend = 'A span holds at least one character; its end is exclusive.'
    report('value.endOffset', `after the start, ${startOffset}`, endOffset, mend)
  }
}

function checkEdge(
  { value, object, report }: RuleInput,
  edge: 'start' | 'end',
  offsetKey: 'startOffset' | 'endOffset',
  utterances: unknown,
): void {
  const index = value[edge]
  const offset = value[offsetKey]
  if (typeof index !== 'string' || !/^\d+$/.test(index)) {
    report(`value.${edge}`, 'the index of an utterance as a text, such as "0"', index, `Write ${edge}: '0'.`)
    return
  }
  if (!isIndex(offset)) {
    const expected = 'an offset in the utterance, UTF-16 units from 0'
    report(`value.${offsetKey}`, expected, offset, `Write ${offsetKey}: 0.`)
  }
  if (!Array.isArray(utterances)) return
  const utterance: unknown = utterances[Number(index)]
  if (utterance === undefined) {
    const mend = 'Use the index of an utterance that the task has.'
    report(`value.${edge}`, `an index below ${utterances.length}`, index, mend)
    return
  }
  const text = isRecord(utterance) ? utterance[object?.attributes.textKey ?? 'text'] : undefined
  if (typeof text !== 'string' || !isIndex(offset) || offset <= text.length) return
  const expected = `at most ${text.length}, the length of the utterance`
  report(`value.${offsetKey}`, expected, offset, 'Count from the start of the utterance.')
}
