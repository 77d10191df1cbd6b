/** How often each label was given, and each word under it. */
export interface Counts {
  readonly texts: Record<string, number>
  readonly words: Record<string, Record<string, number>>
}

export function noCounts(): Counts {
  return { texts: {}, words: {} }
}

/** Adds what one text teaches. */
export function learn({ texts, words }: Counts, text: string, label: string): void {
  texts[label] = countOf(texts, label) + 1
  words[label] ??= {}
  for (const word of wordsOf(text)) words[label][word] = countOf(words[label], word) + 1
}

/** The likeliest of the labels and its probability, 0–1; undefined without labels. A label that was never given may still be right. */
export function classify(
  { texts, words }: Counts,
  text: string,
  labels: readonly string[],
): { label: string; score: number } | undefined {
  const likelihoods = labels.map(label => {
    const known = words[label] ?? {}
    const total = sum(Object.values(known))
    const ofWords = wordsOf(text).map(word => Math.log((countOf(known, word) + 1) / (total + 1000)))
    return Math.log(countOf(texts, label) + 1) + sum(ofWords)
  })
  const highest = Math.max(...likelihoods)
  const label = labels[likelihoods.indexOf(highest)]
  return label === undefined
    ? undefined
    : { label, score: 1 / sum(likelihoods.map(value => Math.exp(value - highest))) }
}

function wordsOf(text: string): string[] {
  return text.toLowerCase().match(/\p{L}+/gu) ?? []
}

/** A text may have the word "constructor", which every object has by birth. */
function countOf(counts: Record<string, number>, key: string): number {
  return Object.hasOwn(counts, key) ? (counts[key] ?? 0) : 0
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0)
}
