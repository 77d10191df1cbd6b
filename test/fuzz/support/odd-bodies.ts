import fc from 'fast-check'
import { anyText } from './json-texts.ts'
import { jsonOf, oddValue } from './odd-values.ts'

/** A change to a value somewhere inside a body. */
export type ValueChange = typeof valueChange extends fc.Arbitrary<infer T> ? T : never

const keys = fc.oneof(
  fc.constantFrom('__proto__', 'constructor', 'prototype', 'toString', 'toJSON', 'id', 'tasks', 'project', 'data', ''),
  anyText,
)

export const valueChange = fc.record(
  {
    /** Which of the places inside the body, counted through. */
    place: fc.nat(10_000),
    how: fc.constantFrom('replace', 'replace', 'replace', 'drop', 'wrap', 'add', 'rename', 'twice'),
    value: oddValue,
    key: keys,
  },
  { noNullPrototype: true },
)

/** A change to the bytes of a body. */
export const bytesChange = fc.record(
  {
    how: fc.constantFrom(
      'none',
      'none',
      'none',
      'none',
      'none',
      'cut',
      'garbage',
      'not UTF-8',
      'byte order mark',
      'UTF-16',
      'nothing',
    ),
    at: fc.double({ min: 0, max: 1, noNaN: true }),
  },
  { noNullPrototype: true },
)
export type BytesChange = typeof bytesChange extends fc.Arbitrary<infer T> ? T : never

/** A place in a body: what holds it, and its key there. */
type Holder = Record<string, unknown>

/** Stands for JSON that JSON.stringify would not write. */
class Raw {
  readonly json: string

  constructor(json: string) {
    this.json = json
  }
}

/** Makes a changed copy of a body, as JSON or nearly so. */
export function writeOddJson(body: unknown, changes: readonly ValueChange[]): string {
  const root: Holder = { body: structuredClone(body) }
  for (const change of changes) {
    const places = placesIn(root)
    const [holder, key] = places[change.place % places.length] as [Holder, string]
    applyChange(holder, key, change)
  }
  return write(root.body)
}

function placesIn(holder: Holder, found: [Holder, string][] = []): [Holder, string][] {
  for (const [key, value] of Object.entries(holder)) {
    found.push([holder, key])
    if (typeof value === 'object' && value !== null && !(value instanceof Raw)) placesIn(value as Holder, found)
  }
  return found
}

function applyChange(holder: Holder, key: string, { how, value, key: newKey }: ValueChange): void {
  const before = holder[key]
  const odd = new Raw(jsonOf(value))
  if (how === 'replace') holder[key] = odd
  else if (how === 'drop') {
    if (Array.isArray(holder)) holder.splice(Number(key), 1)
    else if (key !== 'body') delete holder[key]
  } else if (how === 'wrap') holder[key] = [before]
  else if (how === 'rename' && !Array.isArray(holder) && key !== 'body') {
    delete holder[key]
    define(holder, newKey, before)
  } else if (typeof before !== 'object' || before === null || Array.isArray(before) || before instanceof Raw) {
    holder[key] = [before, odd]
  } else if (how === 'twice') holder[key] = new Raw(twice(before as Holder, odd))
  else define(before as Holder, newKey, odd)
}

/** `holder.__proto__ = …` would be something else. */
function define(holder: Holder, key: string, value: unknown): void {
  Object.defineProperty(holder, key, { value, enumerable: true, configurable: true, writable: true })
}

/** An object whose first key comes again with another value. */
function twice(object: Holder, again: Raw): string {
  const text = write(object)
  const [first = 'id'] = Object.keys(object)
  const end = text === '{}' ? '' : ','
  return `${text.slice(0, -1)}${end}${JSON.stringify(first)}:${again.json}}`
}

function write(value: unknown): string {
  if (value instanceof Raw) return value.json
  if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? ''
  if (Array.isArray(value)) return `[${value.map(write).join(',')}]`
  return `{${Object.entries(value)
    .map(([key, inner]) => `${JSON.stringify(key)}:${write(inner)}`)
    .join(',')}}`
}

/** Applies a change to the bytes of a text. */
export function writeOddBytes(text: string, { how, at }: BytesChange): Buffer {
  const bytes = Buffer.from(text)
  const place = Math.floor(at * bytes.length)
  switch (how) {
    case 'cut':
      return bytes.subarray(0, place)
    case 'garbage':
      return Buffer.concat([bytes, Buffer.from(']}\u0000 garbage')])
    case 'not UTF-8':
      return Buffer.concat([
        bytes.subarray(0, place),
        Buffer.from([0xc0, 0xff, 0xed, 0xa0, 0x80]),
        bytes.subarray(place),
      ])
    case 'byte order mark':
      return Buffer.concat([Buffer.from([0xef, 0xbb, 0xbf]), bytes])
    case 'UTF-16':
      return Buffer.from(text, 'utf16le')
    case 'nothing':
      return Buffer.alloc(0)
    default:
      return bytes
  }
}
