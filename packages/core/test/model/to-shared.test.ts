import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { isHtxError } from '../../src/errors/htx-error.ts'
import { toShared } from '../../src/model/to-shared.ts'

const isShared = (view: ArrayBufferView) => view.buffer instanceof SharedArrayBuffer

function refuses(value: unknown, words: RegExp): void {
  assert.throws(
    () => toShared('head', value),
    error => isHtxError(error, 'HTX_NOT_SHAREABLE') && words.test(error.message),
  )
}

describe('toShared', () => {
  it('copies typed arrays, views and buffers of any kind into shared memory', () => {
    const bytes = Uint8Array.of(0, 0, 1, 2, 3, 4, 5, 6, 7, 8)
    const views = [
      new Uint8Array(bytes.buffer, 2),
      new Float32Array([0.5, -1]),
      new Float64Array([0.1]),
      new BigInt64Array([-3n]),
      new Uint8ClampedArray([255]),
      new DataView(bytes.buffer, 2, 4),
    ]
    const copies = toShared('views', views) as typeof views
    assert.ok(copies.every(isShared))
    assert.deepEqual(
      copies.map(copy => copy.constructor),
      views.map(view => view.constructor),
    )
    assert.deepEqual(copies[0], Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8))
    assert.deepEqual(copies[1], new Float32Array([0.5, -1]))
    assert.equal(copies[3]?.byteLength, 8)
    assert.equal((copies[5] as DataView).getUint8(1), 2)
    const copy = toShared('buffer', bytes.buffer) as SharedArrayBuffer
    assert.ok(copy instanceof SharedArrayBuffer)
    assert.equal(copy.byteLength, 10)
  })

  it('makes a Uint8Array of a Buffer, as other threads get it', () => {
    const copy = toShared('words', Buffer.from('cat dog')) as Uint8Array
    assert.equal(copy.constructor, Uint8Array)
    assert.equal(copy.buffer.byteLength, 7)
    assert.equal(new TextDecoder().decode(copy), 'cat dog')
  })

  it('leaves what is shared already as it is', () => {
    const memory = new SharedArrayBuffer(16)
    const value = { memory, half: new Float32Array(memory, 8, 2) }
    const same = toShared('head', value) as typeof value
    assert.equal(same.memory, memory)
    assert.equal(same.half, value.half)
  })

  it('keeps plain structures, with what stands in them twice', () => {
    const weights = new Float32Array(2)
    const layer = { weights, name: 'first', rate: 0.1, isFrozen: true, none: null, unknown: undefined }
    const value = { layers: [layer, { ...layer, next: layer }] }
    const copy = toShared('head', value) as { layers: [typeof layer, typeof layer & { next: typeof layer }] }
    assert.deepEqual(copy, value)
    assert.equal(copy.layers[1].next, copy.layers[0])
    assert.equal(copy.layers[1].weights, copy.layers[0].weights)
    assert.ok(isShared(copy.layers[0].weights))
  })

  it('refuses what threads cannot share, and says where it is', () => {
    refuses(() => {}, /it made a function/)
    refuses({ layers: [{}, { activate: Math.tanh }] }, /at \.layers\[1\]\.activate there is a function/)
    refuses({ words: new Map([['cat', 1]]) }, /at \.words there is an instance of Map/)
    refuses({ at: new (class Head {})() }, /at \.at there is an instance of Head/)
  })

  it('refuses plain values that every worker would have as a copy', () => {
    refuses({ weights: new Array(200_000).fill(0.5) }, /more\. Put numbers into a typed array/)
    refuses({ words: 'cat '.repeat(200_000) }, /1 MiB of plain values/)
    assert.deepEqual(toShared('labels', ['cat', 'dog']), ['cat', 'dog'])
  })
})
