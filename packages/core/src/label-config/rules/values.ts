import { isIndex, isNumber, isTextList, type Rule, shownData } from './rule.ts'

export const textAreaRule: Rule = ({ value: { text }, report }) => {
  if (!isTextList(text) || text.length === 0)
    report('value.text', 'a list of texts', text, "Write text: ['…'], a list even for one.")
}

export const ratingRule: Rule = ({ value: { rating }, control, report }) => {
  const most = Number(control.attributes.maxRating ?? 5)
  if (!isIndex(rating) || rating > most)
    report(
      'value.rating',
      `a whole number from 0 to ${most}`,
      rating,
      'Scale the rating, or raise maxRating in the label config.',
    )
}

export const numberRule: Rule = ({ value: { number }, control, report }) => {
  const { min, max } = control.attributes
  if (!isNumber(number)) report('value.number', 'a finite number', number, 'Write number: 3.5.')
  else if ((min !== undefined && number < Number(min)) || (max !== undefined && number > Number(max))) {
    report(
      'value.number',
      `a number from ${min ?? '-∞'} to ${max ?? '∞'}`,
      number,
      'Stay within min and max of the label config.',
    )
  }
}

export const dateTimeRule: Rule = ({ value: { datetime }, report }) => {
  if (typeof datetime !== 'string' || datetime === '')
    report('value.datetime', "a text in the tag's format, ISO by default", datetime, "Write datetime: '2026-03-01'.")
}

export const pairwiseRule: Rule = ({ value: { selected }, report }) => {
  if (selected !== 'left' && selected !== 'right')
    report('value.selected', '"left" or "right"', selected, 'Say which side is better.')
}

/** Item ids by bucket, or under the control's own name when there is one list. */
export const rankerRule: Rule = input => {
  const { report, value } = input
  const { ranker } = value
  if (typeof ranker !== 'object' || ranker === null || Array.isArray(ranker)) {
    report(
      'value.ranker',
      'lists of item ids by bucket',
      ranker,
      `Write ranker: { ${input.control.name}: ['id-1', 'id-2'] }.`,
    )
    return
  }
  const items = shownData(input)
  const known = Array.isArray(items)
    ? new Set(items.map(item => String((item as { id?: unknown } | null)?.id)))
    : undefined
  for (const [bucket, ids] of Object.entries(ranker)) {
    if (!isTextList(ids)) {
      report(`value.ranker.${bucket}`, 'a list of item ids as texts', ids, 'Write the ids of the items of the list.')
      continue
    }
    for (const [place, id] of ids.entries()) {
      if (known !== undefined && !known.has(id))
        report(
          `value.ranker.${bucket}[${place}]`,
          'the id of an item of the task',
          id,
          'Use the ids that the task’s list has.',
        )
    }
  }
}

export const chatRule: Rule = ({ value: { chatmessage }, report }) => {
  const { role, content } = (chatmessage ?? {}) as { role?: unknown; content?: unknown }
  if (typeof role !== 'string')
    report(
      'value.chatmessage.role',
      'a role such as "assistant"',
      role,
      "Write chatmessage: { role: 'assistant', content: '…' }.",
    )
  if (typeof content !== 'string')
    report('value.chatmessage.content', 'a text', content, "Write chatmessage: { role: 'assistant', content: '…' }.")
}
