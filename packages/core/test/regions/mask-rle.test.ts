import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { decodeMask, encodeMask } from '../../src/regions/mask-rle.ts'

describe('mask RLE', () => {
  it('packs as the editor does: the vectors of the protocol page', () => {
    assert.deepEqual(
      encodeMask([0, 1, 1, 0, 0, 1, 0, 0], 4, 2),
      [0, 0, 0, 32, 57, 27, 252, 96, 19, 255, 206, 1, 31, 252, 224, 0],
    )
    assert.deepEqual(encodeMask([0, 0, 0, 0], 2, 2), [0, 0, 0, 16, 57, 27, 253, 240, 0])
    assert.deepEqual(
      encodeMask(new Uint8Array(70_000), 70_000, 1),
      [0, 4, 69, 192, 57, 27, 255, 255, 255, 0, 255, 255, 224, 31, 255, 252, 3, 255, 255, 128, 116, 91, 240, 0],
    )
  })

  it('reads literal runs, which the editor writes and we do not', () => {
    // Words 1, 2, 3, 4, 5, 5 padded to two pixels by the packing of the editor: 1 2 3 4 | 5 5 5 5.
    const bits = `${(8).toString(2).padStart(32, '0')}0011100100011011111110${'00'}${'011'}${[1, 2, 3, 4].map(n => n.toString(2).padStart(8, '0')).join('')}1${'00'}${'011'}${'00000101'}`
    const bytes =
      bits
        .padEnd(Math.ceil(bits.length / 8) * 8, '0')
        .match(/.{8}/g)
        ?.map(byte => Number.parseInt(byte, 2)) ?? []
    assert.deepEqual([...decodeMask(bytes, 2, 1)], [255, 255])
  })

  it('gives back every mask', () => {
    let state = 7
    const random = () => {
      state = (Math.imul(state, 1664525) + 1013904223) >>> 0
      return state / 2 ** 32
    }
    for (let round = 0; round < 200; round += 1) {
      const width = 1 + Math.floor(random() * 40)
      const height = 1 + Math.floor(random() * 40)
      const share = random()
      const mask = Array.from({ length: width * height }, () => (random() < share ? 255 : 0))
      assert.deepEqual([...decodeMask(encodeMask(mask, width, height), width, height)], mask)
    }
  })

  it('refuses a mask that is cut off, or of another size', () => {
    const rle = encodeMask(
      new Uint8Array(100).map((_, at) => at % 2),
      10,
      10,
    )
    assert.throws(() => decodeMask(rle.slice(0, 20), 10, 10), /ends before/)
    assert.throws(() => decodeMask(rle, 11, 10), /440 words/)
  })
})
