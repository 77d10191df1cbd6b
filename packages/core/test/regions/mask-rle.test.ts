import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { decodeMask, encodeMask, type Mask } from '../../src/regions/mask-rle.ts'

/** The format bit by bit in text, slowly: header, then every run of equal words in blocks. */
function slowPack(words: readonly number[]): number[] {
  const bits = (value: number, size: number) => value.toString(2).padStart(size, '0')
  let text = bits(words.length, 32) + bits(7, 5) + [2, 3, 7, 15].map(size => bits(size, 4)).join('')
  for (let start = 0; start < words.length; ) {
    const word = words[start] as number
    let end = start
    while (end < words.length && words[end] === word && end - start < 65_536) end += 1
    const count = end - start
    const sizeClass = [8, 16, 256, 65_536].findIndex(most => count <= most)
    text +=
      (count === 1 ? '0' : '1') +
      bits(sizeClass, 2) +
      bits(count - 1, [3, 4, 8, 16][sizeClass] as number) +
      bits(word, 8)
    start = end
  }
  return (text.padEnd(Math.ceil(text.length / 8) * 8, '0').match(/.{8}/g) ?? []).map(byte => Number.parseInt(byte, 2))
}

function slowUnpack(bytes: readonly number[]): number[] {
  const text = bytes.map(byte => byte.toString(2).padStart(8, '0')).join('')
  let at = 0
  const read = (size: number) => {
    at += size
    return Number.parseInt(text.slice(at - size, at), 2)
  }
  const total = read(32)
  const wordSize = read(5) + 1
  const sizes = [read(4) + 1, read(4) + 1, read(4) + 1, read(4) + 1]
  const words: number[] = []
  while (words.length < total) {
    const repeats = read(1) === 1
    const count = read(sizes[read(2)] as number) + 1
    if (repeats) words.push(...new Array<number>(count).fill(read(wordSize)))
    else for (let left = count; left > 0; left -= 1) words.push(read(wordSize))
  }
  return words
}

function wordsOf(mask: Mask): number[] {
  return Array.from(mask).flatMap(value => new Array<number>(4).fill(Number(value) > 0 ? 255 : 0))
}

/** The same masks in every run, so that a failure can be seen again. */
function randomNumbers(seed: number): () => number {
  let state = seed
  return () => {
    state = (state * 1_103_515_245 + 12_345) % 2 ** 31
    return state / 2 ** 31
  }
}

const fourByTwo = {
  mask: [0, 1, 1, 0, 0, 1, 0, 0],
  rle: [0, 0, 0, 32, 57, 27, 252, 96, 19, 255, 206, 1, 31, 252, 224, 0],
}
const zeros16 = [0, 0, 0, 16, 57, 27, 253, 240, 0]
const zeros280000 = [
  0, 4, 69, 192, 57, 27, 255, 255, 255, 0, 255, 255, 224, 31, 255, 252, 3, 255, 255, 128, 116, 91, 240, 0,
]

describe('the slow codec of this test', () => {
  it('agrees with the packing that the editor and the SDK share', () => {
    assert.deepEqual(slowPack(wordsOf(fourByTwo.mask)), fourByTwo.rle)
    assert.deepEqual(slowPack([1, 2, 3, 4, 5, 5]), [0, 0, 0, 6, 57, 27, 248, 0, 32, 1, 0, 6, 0, 36, 32, 160])
    assert.deepEqual(slowUnpack([0, 0, 0, 6, 57, 27, 248, 96, 32, 64, 96, 144, 130, 128]), [1, 2, 3, 4, 5, 5])
  })
})

describe('encodeMask', () => {
  it('packs what the reference packs, byte for byte', () => {
    assert.deepEqual(encodeMask(fourByTwo.mask, 4, 2), fourByTwo.rle)
    assert.deepEqual(encodeMask(new Uint8Array(4), 2, 2), zeros16)
    assert.deepEqual(encodeMask(new Uint8Array(70_000), 350, 200), zeros280000)
  })

  it('takes booleans, floats and bytes alike: above 0 is set', () => {
    const { rle } = fourByTwo
    assert.deepEqual(encodeMask([false, true, true, false, false, true, false, false], 4, 2), rle)
    assert.deepEqual(encodeMask(Float32Array.of(0, 0.1, 0.9, -1, 0, 5, 0, Number.NaN), 4, 2), rle)
    assert.deepEqual(encodeMask(Uint8Array.of(0, 255, 1, 0, 0, 7, 0, 0), 4, 2), rle)
  })

  it('packs random masks as the slow codec does, and decodeMask gives them back', () => {
    const random = randomNumbers(20_260_301)
    for (let round = 0; round < 200; round += 1) {
      const [width, height] = [1 + Math.floor(random() * 40), 1 + Math.floor(random() * 40)]
      const changes = random() * 0.5
      let isSet = false
      const mask = Uint8Array.from({ length: width * height }, () => {
        if (random() < changes) isSet = !isSet
        return isSet ? 255 : 0
      })
      const rle = encodeMask(mask, width, height)
      assert.deepEqual(rle, slowPack(wordsOf(mask)))
      assert.deepEqual(decodeMask(rle, width, height), mask)
    }
  })

  it('rejects a mask of another size, and sizes that are none', () => {
    assert.throws(() => encodeMask(new Uint8Array(7), 4, 2), { code: 'HTX_REGION_INVALID', message: /8 values.*has 7/ })
    for (const width of [0, -4, 1.5, Number.NaN, 2 ** 31]) {
      assert.throws(() => encodeMask(new Uint8Array(8), width, 2), {
        code: 'HTX_REGION_INVALID',
        message: /whole pixels/,
      })
    }
  })
})

describe('decodeMask', () => {
  it('reads the reference', () => {
    assert.deepEqual(
      decodeMask(fourByTwo.rle, 4, 2),
      Uint8Array.from(fourByTwo.mask, value => value * 255),
    )
    assert.deepEqual(decodeMask(zeros16, 2, 2), new Uint8Array(4))
    assert.deepEqual(decodeMask(Uint8Array.from(zeros280000), 350, 200), new Uint8Array(70_000))
  })

  it('goes by the alpha of each pixel, whatever its colour', () => {
    const words = [9, 9, 9, 0, 0, 0, 0, 3, 255, 255, 255, 255, 7, 0, 0, 0]
    assert.deepEqual(decodeMask(slowPack(words), 2, 2), Uint8Array.of(0, 255, 255, 0))
  })

  it('reads literal blocks, which the editor packs', () => {
    const literalOfEight = '0010111'
    const words = [1, 2, 3, 4, 5, 6, 7, 0].map(word => word.toString(2).padStart(8, '0')).join('')
    const text = `${(8).toString(2).padStart(32, '0')}001110010001101111111${literalOfEight}${words}`
    const rle = (text.padEnd(Math.ceil(text.length / 8) * 8, '0').match(/.{8}/g) ?? []).map(byte =>
      Number.parseInt(byte, 2),
    )
    assert.deepEqual(slowUnpack(rle), [1, 2, 3, 4, 5, 6, 7, 0])
    assert.deepEqual(decodeMask(rle, 2, 1), Uint8Array.of(255, 0))
  })

  it('ignores the byte that the SDK appends', () => {
    assert.deepEqual(decodeMask([...zeros16, 0], 2, 2), new Uint8Array(4))
  })

  it('reads random coloured masks as the slow codec does', () => {
    const random = randomNumbers(7)
    for (let round = 0; round < 100; round += 1) {
      const words = Array.from({ length: 4 * 30 }, () => (random() < 0.7 ? 0 : Math.floor(random() * 256)))
      const alpha = Uint8Array.from({ length: 30 }, (_, pixel) => ((words[4 * pixel + 3] as number) > 0 ? 255 : 0))
      assert.deepEqual(decodeMask(slowPack(words), 5, 6), alpha)
    }
  })

  it('rejects a mask of another size, one that is cut off and one that runs over', () => {
    assert.throws(() => decodeMask(fourByTwo.rle, 2, 2), {
      code: 'HTX_REGION_INVALID',
      message: /16 words.*got 32 words/,
    })
    for (let length = 0; length < zeros280000.length - 1; length += 1) {
      assert.throws(() => decodeMask(zeros280000.slice(0, length), 350, 200), { code: 'HTX_REGION_INVALID' })
    }
    const tooLong = [0, 0, 0, 12, ...zeros16.slice(4)]
    assert.throws(() => decodeMask(tooLong, 3, 1), { code: 'HTX_REGION_INVALID', message: /past its 12 words/ })
  })
})
