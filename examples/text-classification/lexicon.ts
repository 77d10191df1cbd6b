/** Words that lean to one side, for projects whose choices have such a side. */
const positive = new Set(
  'amazing awesome beautiful best brilliant charming delight delightful enjoyable excellent fantastic favourite favorite fine fun funny good great happy impressive incredible joy like love loved lovely nice outstanding perfect pleasant recommend superb superior thanks well wonderful worth'.split(
    ' ',
  ),
)
const negative = new Set(
  'annoying awful bad boring broken cheap disappointed disappointing dislike dreadful dull fail failed hate hated horrible mediocre mess never nothing overpriced pathetic poor refund sad slow stupid terrible ugly unpleasant unusable useless waste weak worse worst wrong'.split(
    ' ',
  ),
)
const negations = new Set(['not', 'no', "don't", "doesn't", "didn't", "isn't", "wasn't", 'hardly', 'never'])

/** A guess without any training: by the lean of the words, else by the words of the labels themselves. */
export function guess(text: string, labels: readonly string[]): { label: string; score: number } {
  const words = wordsOf(text)
  const lean = leanOf(words)
  const sided = labels.map(label => ({ label, votes: votesFor(label, words, lean) }))
  const best = sided.reduce((a, b) => (b.votes > a.votes ? b : a))
  const total = sided.reduce((sum, { votes }) => sum + votes, 0)
  // One vote more for every label: no words means no knowledge, and the score says so.
  return { label: best.label, score: (best.votes + 1) / (total + labels.length) }
}

export function wordsOf(text: string): string[] {
  return text.toLowerCase().match(/[\p{L}\p{N}']+/gu) ?? []
}

/** Above 0: friendly words; below: unfriendly ones. A negation turns the word after it. */
function leanOf(words: readonly string[]): number {
  let lean = 0
  for (const [place, word] of words.entries()) {
    const side = positive.has(word) ? 1 : negative.has(word) ? -1 : 0
    const before = words.slice(Math.max(0, place - 2), place)
    lean += before.some(previous => negations.has(previous)) ? -side : side
  }
  return lean
}

function votesFor(label: string, words: readonly string[], lean: number): number {
  const name = label.toLowerCase()
  if (name.startsWith('pos') || positive.has(name)) return Math.max(0, lean)
  if (name.startsWith('neg') || negative.has(name)) return Math.max(0, -lean)
  if (name.startsWith('neut')) return lean === 0 ? 1 : 0
  const own = wordsOf(label)
  return words.filter(word => own.includes(word)).length
}
