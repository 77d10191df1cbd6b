import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { findTag } from '../../src/label-config/find-tag.ts'

function found(names: string[], wanted: unknown): string | undefined {
  return findTag(new Map(names.map(name => [name, { name }])), wanted)?.name
}

describe('findTag', () => {
  const cases: [string, string[], unknown, string | undefined][] = [
    ['a name as it is written', ['a', 'b'], 'b', 'b'],
    ['nothing under a name that no tag has', ['a'], 'b', undefined],
    ['nothing under what is no text', ['7'], 7, undefined],
    ['nothing under the name of a property', ['a'], 'constructor', undefined],
    ['the tag of a repeater by its number', ['page_{{idx}}'], 'page_12', 'page_{{idx}}'],
    ['the tag of a repeater by its written name', ['page_{{idx}}'], 'page_{{idx}}', 'page_{{idx}}'],
    ['nothing where the number is missing', ['page_{{idx}}'], 'page_', undefined],
    ['nothing where there is more than the number', ['page_{{idx}}'], 'page_1x', undefined],
    ['the right one of two repeaters', ['a1_{{i}}', 'a2_{{i}}'], 'a2_7', 'a2_{{i}}'],
    ['the tag of a repeater within a repeater', ['cell_{{row}}_{{col}}'], 'cell_3_14', 'cell_{{row}}_{{col}}'],
    ['variables in a row', ['cell_{{row}}{{col}}'], 'cell_314', 'cell_{{row}}{{col}}'],
    ['a digit after the variable', ['v{{i}}2'], 'v12', 'v{{i}}2'],
    ['a digit before the variable', ['v2{{i}}'], 'v21', 'v2{{i}}'],
    ['names with signs that patterns use', ['a.(b)*_{{i}}'], 'a.(b)*_1', 'a.(b)*_{{i}}'],
    ['no other sign in place of one that patterns use', ['a.b_{{i}}'], 'axb_1', undefined],
  ]
  for (const [what, names, wanted, expected] of cases) {
    it(`finds ${what}`, () => {
      assert.equal(found(names, wanted), expected)
    })
  }

  const hostile: [string, string, string][] = [
    ['of braces', '{'.repeat(1_000_000), 'zzz'],
    ['of variables', `a${'{{i}}'.repeat(200)}`, `a${'1'.repeat(5000)}b`],
    ['of variables with digits between them', `a${'{{i}}1'.repeat(200)}`, `a${'1'.repeat(5000)}b`],
    ['of variables and letters', `${'a{{i}}'.repeat(200)}`, `${'a1'.repeat(199)}a${'1'.repeat(5000)}b`],
  ]
  for (const [what, name, wanted] of hostile) {
    it(`needs no more than moments for a name ${what}`, () => {
      const start = performance.now()
      assert.equal(found([name], wanted), undefined)
      assert.ok(performance.now() - start < 1000)
    })
  }
})
