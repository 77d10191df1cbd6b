import type { PredictionProblem } from '@htx/core'

/** What a model's author is told, and what to write by hand instead: who makes a file elsewhere has none of our builders. */
const plainMends: readonly (readonly [about: RegExp, mend: string])[] = [
  [/^Make regions with/, 'Write an object such as { "from_name": "…", "to_name": "…", "type": "…", "value": {…} }.'],
  [/^Builders turn pixels/, 'Write percents of the width or the height of the image, not pixels.'],
  [/^Builders write it/, 'Write the width and the height of the image in pixels.'],
  [/^Give the builder relation/, 'Write the "id" of each of the two regions.'],
  [/^Give the builder that region/, 'Write the "id" of that region.'],
  [/^Put the region before it/, 'Put the region before it, and copy its place into this value.'],
  [/^Leave ids to/, 'Write another id for each region.'],
  [/^Count code points/, 'Count code points, as Python does, not UTF-16 units.'],
  [/^Make spans with/, 'Write "start" and "end", numbers: code points of the whole text.'],
]

/** What to do about a problem, without a word of htx's library. */
export function plainMend({ path, expected, mend }: PredictionProblem): string {
  const field = path.replace(/^result\[\d+\]\.?/, '')
  if (field === 'from_name') return 'Write the "name" of a control of the label config.'
  if (field === 'to_name') return 'Write the name that "toName" of the control has in the label config.'
  if (field === 'value') return 'Write an object with what the control holds, such as { "choices": ["…"] }.'
  const [, plain] = plainMends.find(([about]) => about.test(mend)) ?? []
  if (plain !== undefined) return plain
  return /builder|binding/i.test(mend) ? `Write ${expected}.` : mend
}
