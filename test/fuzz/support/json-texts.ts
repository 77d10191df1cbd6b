import fc from 'fast-check'

/** Texts of any UTF-16 units: halves of surrogate pairs, NUL, quotes and backslashes among them. */
export const anyText: fc.Arbitrary<string> = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 12 }),
  fc.array(fc.nat(0xffff), { maxLength: 6 }).map(units => String.fromCharCode(...units)),
  fc.constantFrom(
    '',
    '__proto__',
    'constructor',
    'toString',
    'tasks',
    '"',
    '\\',
    '\\"',
    '\u0000',
    '\ud83d',
    '{}[],:',
    '\ufeff',
  ),
)

const space = fc.constantFrom('', '', '', ' ', '\n', '\t', '\r\n  ')
const numberText = fc.oneof(
  fc.integer().map(String),
  fc.double({ noNaN: true, noDefaultInfinity: true }).map(number => JSON.stringify(number)),
  fc.constantFrom('-0', '1e400', '-1E+9', '0.1e-7', '123456789012345678901234567890'),
)

/** A text as JSON: as usual, or with every unit escaped. */
export function textOf(text: fc.Arbitrary<string>): fc.Arbitrary<string> {
  return fc.tuple(text, fc.nat(3)).map(([value, how]) => (how === 0 ? escapeAll(value) : JSON.stringify(value)))
}

function escapeAll(text: string): string {
  const units = Array.from({ length: text.length }, (_, at) => text.charCodeAt(at).toString(16).padStart(4, '0'))
  return `"${units.map(unit => `\\u${unit}`).join('')}"`
}

/** JSON texts of any value: with white space, escapes, and keys that come twice. */
export const jsonText: fc.Arbitrary<string> = fc.letrec<{ value: string; list: string; object: string }>(tie => ({
  value: fc.oneof(
    { maxDepth: 4, withCrossShrink: true },
    fc.oneof(numberText, textOf(anyText), fc.constantFrom('null', 'true', 'false', '{}', '[]')),
    tie('list'),
    tie('object'),
  ),
  list: fc.array(tie('value'), { maxLength: 4 }).chain(listText),
  object: fc.array(fc.tuple(textOf(anyText), tie('value')), { maxLength: 4 }).chain(objectText),
})).value

/** A list of values that are JSON already. */
export function listText(values: readonly string[]): fc.Arbitrary<string> {
  return spaced(['[', ...values.flatMap((value, place) => (place === 0 ? [value] : [',', value])), ']'])
}

/** An object of keys and values that are JSON already. */
export function objectText(members: readonly (readonly [key: string, value: string])[]): fc.Arbitrary<string> {
  return spaced([
    '{',
    ...members.flatMap(([key, value], place) => [...(place === 0 ? [] : [',']), key, ':', value]),
    '}',
  ])
}

function spaced(tokens: readonly string[]): fc.Arbitrary<string> {
  return fc
    .array(space, { minLength: tokens.length, maxLength: tokens.length })
    .map(spaces => tokens.map((token, place) => token + spaces[place]).join(''))
}

/** A change to a text, as people, proxies and attackers make them. */
export interface TextChange {
  readonly kind: 'cut' | 'insert' | 'remove' | 'repeat'
  /** Where, as a part of the length: 0 to 1. */
  readonly at: number
  readonly length: number
  readonly text: string
}

/** @param texts what may be inserted */
export function textChanges(texts: fc.Arbitrary<string>): fc.Arbitrary<TextChange> {
  return fc.record(
    {
      kind: fc.constantFrom('cut', 'insert', 'remove', 'repeat'),
      at: fc.double({ min: 0, max: 1, noNaN: true }),
      length: fc.integer({ min: 1, max: 20 }),
      text: texts,
    },
    { noNullPrototype: true },
  )
}

export function changeText(text: string, { kind, at, length, text: inserted }: TextChange): string {
  const start = Math.floor(at * text.length)
  const end = Math.min(text.length, start + length)
  if (kind === 'cut') return text.slice(0, start)
  if (kind === 'insert') return text.slice(0, start) + inserted + text.slice(start)
  if (kind === 'remove') return text.slice(0, start) + text.slice(end)
  return text.slice(0, end) + text.slice(start)
}
