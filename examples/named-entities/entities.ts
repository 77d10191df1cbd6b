import compromise from 'compromise'
import languageModel from 'wink-eng-lite-web-model'
import winkNlp, { type Detail } from 'wink-nlp'

/** Kinds of entities, and the names under which label configs know them. */
export const kinds = {
  Person: ['Person', 'PER', 'People'],
  Place: ['Place', 'LOC', 'Location', 'GPE', 'City', 'Country'],
  Organization: ['Organization', 'Organisation', 'ORG', 'Company'],
  Date: ['Date'],
  Time: ['Time'],
  Money: ['Money', 'Amount', 'Price'],
  Email: ['Email', 'E-mail'],
  URL: ['URL', 'Link'],
} as const

export type Kind = keyof typeof kinds

/** Something that a text names. */
export interface Entity {
  readonly kind: Kind
  /** UTF-16 index, as `slice` counts. */
  readonly start: number
  /** Exclusive. */
  readonly end: number
}

const wink = winkNlp(languageModel)

/** What wink calls the kinds that it finds; it knows no people, places and organisations. */
const winkKinds: Readonly<Record<string, Kind>> = {
  DATE: 'Date',
  TIME: 'Time',
  MONEY: 'Money',
  EMAIL: 'Email',
  URL: 'URL',
}

/** Finds what an English text names, in its order; no two overlap. @param wanted kinds that are asked for; others do not stand in their way */
export function findEntities(text: string, wanted: ReadonlySet<Kind>): Entity[] {
  const found = [...named(text), ...measured(text)].filter(({ kind }) => wanted.has(kind))
  // The longer of two that overlap says more: "$1.5 million", not "$1.5".
  found.sort((a, b) => b.end - b.start - (a.end - a.start))
  const kept: Entity[] = []
  for (const entity of found) {
    if (kept.every(({ start, end }) => entity.end <= start || end <= entity.start)) kept.push(entity)
  }
  return kept.sort((a, b) => a.start - b.start)
}

/** People, places, organisations, and money that wink misses, such as "€3,000". */
function named(text: string): Entity[] {
  // "Merkel's" hides from compromise that Merkel is a name; blanks keep the places of all else.
  const document = compromise(text.replaceAll(/['’]s\b/gu, '  '))
  const sources = {
    Person: document.people(),
    Place: document.places(),
    Organization: document.organizations(),
    Money: document.money(),
  }
  return Object.entries(sources).flatMap(([kind, view]) => {
    const matches: { terms: { offset: { start: number; length: number } }[] }[] = view.json({ offset: true })
    return matches.flatMap(({ terms }) => {
      // The match's own length counts punctuation before its start; those of its words do not.
      const start = Math.min(...terms.map(({ offset }) => offset.start))
      const end = Math.max(...terms.map(({ offset }) => offset.start + offset.length))
      return parts(text, start, end).map(part => ({ kind: kind as Kind, ...part }))
    })
  })
}

/** A match may hold punctuation at its ends, and joins what a comma parts: "Berlin, Germany". */
function parts(text: string, from: number, to: number): { start: number; end: number }[] {
  return [...text.slice(from, to).matchAll(/(?:[^,;]|,(?=\d))+/g)].flatMap(match => {
    const core = /[\p{L}\p{N}\p{Sc}].*[\p{L}\p{N}\p{Sc}]|[\p{L}\p{N}]/su.exec(match[0])
    if (core === null) return []
    const start = from + match.index + core.index
    const abbreviated = /\b(?:Inc|Corp|Co|Ltd|Jr|Sr)$/.test(core[0]) && text[start + core[0].length] === '.'
    return [{ start, end: start + core[0].length + (abbreviated ? 1 : 0) }]
  })
}

/** Dates, times, money, addresses. */
function measured(text: string): Entity[] {
  const document = wink.readDoc(text)
  const tokens = document.tokens()
  const words = tokens.out()
  const spaces = tokens.out(wink.its.precedingSpaces) as string[]
  const edges: { start: number; end: number }[] = []
  let at = 0
  for (const [place, word] of words.entries()) {
    const start = at + (spaces[place]?.length ?? 0)
    at = start + word.length
    edges.push({ start, end: at })
  }
  const details = document.entities().out(wink.its.detail) as unknown as Detail[]
  const spans = document.entities().out(wink.its.span) as unknown as [first: number, last: number][]
  return details.flatMap(({ type }, place) => {
    const kind = winkKinds[type]
    const [first, last] = spans[place] ?? []
    const [from, to] = [edges[first ?? -1], edges[last ?? -1]]
    return kind === undefined || from === undefined || to === undefined
      ? []
      : [{ kind, start: from.start, end: to.end }]
  })
}
