import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { SharedValues } from '../../src/pool/messages.ts'
import { type Loader, SharedMemory } from '../../src/pool/shared-memory.ts'

const version = { key: '12/v1', modelVersion: 'v1', directory: undefined, resources: {} }

/** A slot whose load is answered by the test. */
function openLoader() {
  let resolve: (made: SharedValues) => void = () => {}
  let reject: (error: Error) => void = () => {}
  const answer = new Promise<SharedValues>((...settle) => {
    ;[resolve, reject] = settle
  })
  let begin: (shared: SharedValues) => void = () => {}
  /** What the load was given. */
  const begun = new Promise<SharedValues>(settle => {
    begin = settle
  })
  const loader: Loader = {
    load(_, shared) {
      begin(new Map(shared))
      return answer
    },
  }
  return { loader, begun, resolve, reject }
}

describe('SharedMemory', () => {
  it('lets one load make what the others get, also when they begin at once', async () => {
    const memory = new SharedMemory()
    const [first, second, third] = [openLoader(), openLoader(), openLoader()]
    const loads = [first, second, third].map(({ loader }) => memory.load(loader, version))
    assert.deepEqual(await first.begun, new Map())
    const made = new Map([['head', new Float32Array(new SharedArrayBuffer(4))]])
    first.resolve(made)
    assert.deepEqual(await Promise.all([second.begun, third.begun]), [made, made])
    for (const { resolve } of [second, third]) resolve(new Map())
    await Promise.all(loads)
  })

  it('lets the next load make it when the first fails', async () => {
    const memory = new SharedMemory()
    const [first, second] = [openLoader(), openLoader()]
    const lost = memory.load(first.loader, version)
    const next = memory.load(second.loader, version)
    first.reject(new Error('the thread is lost'))
    await assert.rejects(lost, /thread is lost/)
    assert.deepEqual(await second.begun, new Map())
    second.resolve(new Map([['head', 1]]))
    await next
  })

  it('keeps versions apart, and nothing of one that is freed', async () => {
    const memory = new SharedMemory()
    const loaders = [openLoader(), openLoader(), openLoader()] as const
    for (const { resolve } of loaders) resolve(new Map([['head', 1]]))
    await memory.load(loaders[0].loader, version)
    await memory.load(loaders[1].loader, { ...version, key: '13/v1' })
    assert.deepEqual(await loaders[1].begun, new Map())
    memory.free(version.key)
    await memory.load(loaders[2].loader, version)
    assert.deepEqual(await loaders[2].begun, new Map())
  })
})
