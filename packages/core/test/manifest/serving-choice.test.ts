import assert from 'node:assert/strict'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { ModelStore } from '../../src/manifest/model-store.ts'
import { orderByChoice } from '../../src/manifest/serving-choice.ts'

describe('the order of versions', () => {
  const names = ['1', '2', '3', '4']

  it('is that of their names without a choice, and with one of a version that is gone', () => {
    assert.deepEqual(orderByChoice(names, undefined), names)
    assert.deepEqual(orderByChoice(names, { version: '9', pinned: true, newest: '9' }), names)
  })

  it('has nothing but a pinned version', () => {
    assert.deepEqual(orderByChoice(names, { version: '2', pinned: true, newest: '3' }), ['2'])
  })

  it('wants a chosen version before those that were there, and newer ones before it', () => {
    assert.deepEqual(orderByChoice(names, { version: '1', pinned: false, newest: '3' }), ['2', '3', '1', '4'])
  })
})

describe('a choice on disk', () => {
  let root: string
  let store: ModelStore
  before(async () => {
    root = await mkdtemp(join(tmpdir(), 'htx-choice-'))
    store = await ModelStore.open(root)
    await store.publish(await store.stage('12'), { resources: {}, version: '1' })
  })
  after(() => rm(root, { recursive: true, force: true }))

  it('is read as it was written, and can be taken back', async () => {
    assert.equal(await store.choice('12'), undefined)
    await store.choose('12', { version: '1', pinned: true })
    assert.deepEqual(await store.choice('12'), { version: '1', pinned: true, newest: '1' })
    assert.deepEqual(await store.versions('12'), ['1'])
    await store.choose('12', undefined)
    assert.equal(await store.choice('12'), undefined)
  })

  it('says what is wrong with a file that is none', async () => {
    await writeFile(join(root, '12', 'serving.json'), '{"version": 7}')
    await assert.rejects(store.choice('12'), { code: 'HTX_MANIFEST_INVALID', message: /serving\.json/ })
  })
})
