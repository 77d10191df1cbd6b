import assert from 'node:assert/strict'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { restoreResources, storeResources } from '../../src/manifest/stored-resources.ts'

const here = '/models/12/.staging-1'
const there = '/elsewhere/12/v1'

describe('resources that move with their directory', () => {
  it('come back with the paths inside the directory moved and all else as it was', () => {
    const resources = {
      weights: join(here, 'weights.bin'),
      tfjs: `file://${here}/tfjs/model.json`,
      all: here,
      nested: [{ 'a/b~c': join(here, 'x', 'y') }, null, 3.5, true],
      outside: '/usr/share/dict/words',
      labels: ['Positive', ''],
      skipped: undefined,
    }
    const stored = storeResources(resources, here)
    assert.ok(!JSON.stringify(stored).includes(here), 'nothing names the old place')
    assert.deepEqual(restoreResources(JSON.parse(JSON.stringify(stored)), there), {
      weights: join(there, 'weights.bin'),
      tfjs: `file://${there}/tfjs/model.json`,
      all: `${there}/`.slice(0, -1),
      nested: [{ 'a/b~c': join(there, 'x', 'y') }, null, 3.5, true],
      outside: '/usr/share/dict/words',
      labels: ['Positive', ''],
    })
  })

  it('keep a key named __proto__ as data', () => {
    const stored = storeResources(JSON.parse(`{"__proto__": {"weights": "${here}/w"}}`), here)
    const restored = restoreResources(JSON.parse(JSON.stringify(stored)), there)
    assert.equal(JSON.stringify(restored), `{"__proto__":{"weights":"${there}/w"}}`)
    assert.equal(Object.hasOwn(Object.prototype, 'weights'), false)
  })

  it('may not name a path that leaves the directory', () => {
    assert.throws(() => storeResources({ weights: `${here}/../../secret` }, here), { code: 'HTX_MANIFEST_INVALID' })
  })

  it('may not name the directory in a text that is no path, for it gets another name', () => {
    assert.throws(() => storeResources({ command: `run --weights=${here}/w` }, here), { code: 'HTX_MANIFEST_INVALID' })
  })

  for (const [what, value] of Object.entries({
    'a typed array': new Float32Array(2),
    'a map': new Map(),
    'not a number': Number.NaN,
    'a function': () => 1,
    'a big integer': 1n,
    'a date': new Date(0),
  })) {
    it(`may not hold ${what}, and the error names the place`, () => {
      assert.throws(() => storeResources({ deep: [{ value }] }, here), {
        code: 'HTX_MANIFEST_INVALID',
        message: /deep\.0\.value/,
      })
    })
  }

  it('may not contain themselves', () => {
    const resources: Record<string, unknown> = {}
    resources.self = resources
    assert.throws(() => storeResources(resources, here), { code: 'HTX_MANIFEST_INVALID' })
  })

  it('must be an object', () => {
    for (const resources of [undefined, null, 'weights.bin', ['weights.bin']]) {
      assert.throws(() => storeResources(resources, here), { code: 'HTX_MANIFEST_INVALID' })
    }
  })

  for (const path of ['../../etc/passwd', '/etc/passwd', 'a/../../b', '..\\b', 'file:///etc/passwd', 'C:\\b']) {
    it(`of a forged manifest cannot lead to ${path}`, () => {
      assert.throws(() => restoreResources({ resources: { path }, paths: ['/path'] }, there), {
        code: 'HTX_MANIFEST_INVALID',
      })
    })
  }

  it('of a forged manifest cannot have a pointer into nothing', () => {
    for (const pointer of ['/none', '/__proto__/x', '']) {
      assert.throws(() => restoreResources({ resources: { a: 1 }, paths: [pointer] }, there), {
        code: 'HTX_MANIFEST_INVALID',
      })
    }
  })
})
