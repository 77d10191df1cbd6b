import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { checkName, compareVersionNames, namePattern, newVersionName } from '../../src/manifest/model-version.ts'

describe('names of versions', () => {
  it('tell their UTC time to the millisecond', () => {
    const name = newVersionName(undefined, Date.UTC(2026, 10, 24, 1, 15, 30, 123))
    assert.match(name, /^20261124T011530123Z-[0-9a-f]{4}$/)
    assert.match(name, namePattern)
  })

  it('sort after the newest there is, even when the clock was set back', () => {
    const newest = newVersionName(undefined, Date.UTC(2026, 10, 24))
    const next = newVersionName(newest, Date.UTC(2020, 0, 1))
    assert.ok(compareVersionNames(next, newest) > 0, `${next} must be newer than ${newest}`)
  })

  it('sort after Unix timestamps of other backends', () => {
    const next = newVersionName('1732400000', Date.UTC(2026, 10, 24))
    assert.ok(compareVersionNames(next, '1732400000') > 0)
  })

  it('are ordered by time, and names without one come before, naturally', () => {
    const ordered = [
      '1',
      '2',
      '10',
      'v2',
      'v10',
      '1600000000',
      '1700000000000',
      '20261124T011530123Z-0000',
      '20261124T011530124Z-0000',
    ]
    const shuffled = [7, 0, 4, 8, 2, 6, 1, 3, 5].map(place => ordered[place] as string)
    assert.deepEqual(shuffled.sort(compareVersionNames), ordered)
  })

  it('are in one order even when the collator takes them for equal', () => {
    assert.deepEqual(['1', '01'].sort(compareVersionNames), ['01', '1'])
    assert.deepEqual(['01', '1'].sort(compareVersionNames), ['01', '1'])
  })
})

describe('what a name may be', () => {
  for (const name of ['', '.', '..', '.hidden', 'a/b', 'a\\b', '-x', 'a b', 'ä', 'x'.repeat(129)]) {
    it(`is not ${JSON.stringify(name.slice(0, 20))}`, () => {
      assert.throws(() => checkName('project', name), { code: 'HTX_OPTION_INVALID' })
    })
  }

  it('is «initial» for a project but not for a version', () => {
    assert.equal(checkName('project', 'initial'), 'initial')
    assert.throws(() => checkName('version', 'initial'), { code: 'HTX_OPTION_INVALID' })
  })
})
