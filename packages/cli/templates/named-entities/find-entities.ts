/** A stretch of a text, in UTF-16 units as `slice` counts, and what it is. */
export interface Entity {
  readonly start: number
  /** Exclusive. */
  readonly end: number
  /** A label, or a class that the label config maps to one. */
  readonly name: string
}

/** What people marked, and as what. */
export interface Phrase {
  readonly text: string
  readonly label: string
}

/** Classes that need no training. */
export const patterns: Readonly<Record<string, RegExp>> = {
  date: /\b\d{4}-\d{2}-\d{2}\b/g,
  email: /[\w.+-]+@[\w-]+(?:\.[\w-]+)+/g,
  phone: /\+\d[\d ()-]{6,}\d/g,
}

/** Known phrases and patterns in a text, in their order. Where two overlap, the first and longest stays. */
export function findEntities(text: string, phrases: readonly Phrase[]): Entity[] {
  const found = [
    ...phrases.flatMap(phrase => occurrencesOf(phrase, text)),
    ...Object.entries(patterns).flatMap(([name, pattern]) =>
      [...text.matchAll(pattern)].map(({ index, 0: match }) => ({ start: index, end: index + match.length, name })),
    ),
  ]
  found.sort((a, b) => a.start - b.start || b.end - a.end)
  let reached = 0
  return found.filter(({ start, end }) => {
    if (start < reached) return false
    reached = end
    return true
  })
}

function occurrencesOf({ text: phrase, label }: Phrase, text: string): Entity[] {
  const found: Entity[] = []
  for (let start = text.indexOf(phrase); start >= 0; start = text.indexOf(phrase, start + phrase.length)) {
    const end = start + phrase.length
    if (!isInsideWord(text, start) && !isInsideWord(text, end)) found.push({ start, end, name: label })
  }
  return found
}

function isInsideWord(text: string, at: number): boolean {
  return /[\p{L}\p{N}]$/u.test(text.slice(0, at)) && /^[\p{L}\p{N}]/u.test(text.slice(at))
}
