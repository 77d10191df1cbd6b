import fc from 'fast-check'
import { jsonText } from './json-texts.ts'

const deep = 10_000
const large = 10 * 1024 * 1024

/** Values that are too much, by name: a counterexample should be read, not scrolled. */
export const hugeValues = {
  'a list 10,000 deep': () => '['.repeat(deep) + ']'.repeat(deep),
  'an object 10,000 deep': () => `${'{"a":'.repeat(deep)}1${'}'.repeat(deep)}`,
  'a text of 10 MB': () => `"${'x'.repeat(large)}"`,
  'a key of 10 MB': () => `{"${'k'.repeat(large)}":1}`,
  'a text of 1 MB of quotes': () => `"${'\\"'.repeat(large / 20)}"`,
  'a million numbers': () => `[${'1,'.repeat(1_000_000)}1]`,
  '100,000 keys': () => `{${Array.from({ length: 100_000 }, (_, key) => `"k${key}":${key}`).join(',')}}`,
  '100,000 tasks': () => `[${'{"data":{"text":"a"}},'.repeat(99_999)}{"data":{}}]`,
} as const
export type HugeValue = keyof typeof hugeValues

const nothing = '{"toString":null,"valueOf":null}'

/** JSON, and what some take for it. */
const smallValues = [
  'null',
  'true',
  'false',
  '0',
  '-1',
  '1.5',
  '1e400',
  '-1e400',
  '1e21',
  '123456789012345678901234567890',
  'NaN',
  'Infinity',
  '-Infinity',
  'undefined',
  '',
  '""',
  '"12"',
  '"12.1690000000"',
  '".."',
  '"../../etc/passwd"',
  '"a/b"',
  '"\\u0000"',
  '"a\\u0000b"',
  '"\\ud800"',
  '"\\udc00\\ud800"',
  '"\\ufeff"',
  '"__proto__"',
  '"constructor"',
  '"$__proto__"',
  '"<View/>"',
  '"<View><Text name=\\"text\\" value=\\"$constructor\\"/><TextArea name=\\"a\\" toName=\\"text\\"/></View>"',
  '"<View><Text name=\\"text\\" value=\\"$__proto__\\"/><TextArea name=\\"a\\" toName=\\"text\\"/></View>"',
  '"<!DOCTYPE a [<!ENTITY x \\"y\\">]><View>&x;</View>"',
  '[]',
  '[[]]',
  '[null]',
  '[{}]',
  '{}',
  '{"id":null}',
  nothing,
  `[${nothing}]`,
  `{"id":${nothing},"data":${nothing},"result":[],"task":${nothing}}`,
  '{"__proto__":{"polluted":true}}',
  '{"constructor":{"prototype":{"polluted":true}}}',
  '{"a":1,"a":{"b":2},"a":"three"}',
  '{"length":-1}',
  '{"then":1}',
  '{"toJSON":1}',
] as const

/** JSON of a value that is not what stood there; or the name of a huge one, now and then. */
export const oddValue: fc.Arbitrary<{ readonly json: string } | { readonly huge: HugeValue }> = fc.oneof(
  { weight: 150, arbitrary: fc.constantFrom(...smallValues).map(json => ({ json })) },
  { weight: 100, arbitrary: jsonText.map(json => ({ json })) },
  { weight: 1, arbitrary: fc.constantFrom(...(Object.keys(hugeValues) as HugeValue[])).map(huge => ({ huge })) },
)

export function jsonOf(value: { readonly json: string } | { readonly huge: HugeValue }): string {
  return 'json' in value ? value.json : hugeValues[value.huge]()
}
