import { isIndex, isNumber, isRecord, isTextList, type Rule, shownData } from './rule.ts'

export const textAreaRule: Rule = ({ value: { text }, report }) => {
  if (isTextList(text) && text.length > 0) return
  report('value.text', 'a list of texts', text, "Write text: ['…'], a list even for one.")
}

export const ratingRule: Rule = ({ value: { rating }, control, report }) => {
  const most = Number(control.attributes.maxRating ?? 5)
  if (isIndex(rating) && !(rating > most)) return
  const mend = 'Scale the rating, or raise maxRating in the label config.'
  report('value.rating', `a whole number from 0 to ${most}`, rating, mend)
}

export const numberRule: Rule = ({ value: { number }, control, report }) => {
  const { min, max } = control.attributes
  if (!isNumber(number)) report('value.number', 'a finite number', number, 'Write number: 3.5.')
  else if ((min !== undefined && number < Number(min)) || (max !== undefined && number > Number(max))) {
    const expected = `a number from ${min ?? '-∞'} to ${max ?? '∞'}`
    report('value.number', expected, number, 'Stay within min and max of the label config.')
  }
}

export const dateTimeRule: Rule = ({ value: { datetime }, report }) => {
  if (typeof datetime === 'string' && datetime !== '') return
  const expected = "a text in the tag's format, ISO by default"
  report('value.datetime', expected, datetime, "Write datetime: '2026-03-01'.")
}

export const pairwiseRule: Rule = ({ value: { selected }, report }) => {
  if (selected === 'left' || selected === 'right') return
  report('value.selected', '"left" or "right"', selected, 'Say which side is better.')
}

/** Item ids by bucket, or under the control's own name when there is one list. */
export const rankerRule: Rule = input => {
  const { report, value, control } = input
  const { ranker } = value
  if (!isRecord(ranker)) {
    const mend = `Write ranker: { ${control.name}: ['id-1', 'id-2'] }.`
    report('value.ranker', 'lists of item ids by bucket', ranker, mend)
    return
  }
  const items = shownData(input)
  const known = Array.isArray(items)
    ? new Set(items.map(item => (isRecord(item) ? String(item.id) : undefined)))
    : undefined
  for (const [bucket, ids] of Object.entries(ranker)) {
    if (!isTextList(ids)) {
      report(`value.ranker.${bucket}`, 'a list of item ids as texts', ids, 'Write the ids of the items of the list.')
      continue
    }
    const place = known === undefined ? -1 : ids.findIndex(id => !known.has(id))
    if (place === -1) continue
    const mend = 'Use the ids that the list of the task has.'
    report(`value.ranker.${bucket}[${place}]`, 'the id of an item of the task', ids[place], mend)
  }
}

export const chatRule: Rule = ({ value: { chatmessage }, report }) => {
  const { role, content, createdAt } = isRecord(chatmessage) ? chatmessage : {}
  const mend = "Write chatmessage: { role: 'assistant', content: '…' }."
  if (typeof role !== 'string') report('value.chatmessage.role', 'a role such as "assistant"', role, mend)
  if (typeof content !== 'string') report('value.chatmessage.content', 'a text', content, mend)
  if (createdAt === undefined || createdAt === null || Number.isInteger(createdAt)) return
  report('value.chatmessage.createdAt', 'whole milliseconds since 1970', createdAt, 'Give chatMessage a Date.')
}
