import { HtxError } from '../errors/htx-error.ts'

/** One value a pixel, row by row; above 0 (or true) is set. */
export type Mask = ArrayLike<number | boolean>

/*
 * The packing of brush masks, bits from the most significant: number of words (32), word size - 1 (5), four sizes of run lengths - 1
 * (4 each), then blocks: flag (1), size class (2), length - 1, and one word (flag 1: repeated) or `length` words (flag 0).
 * Words are the R, G, B, A bytes of the pixels; A tells. Source: @thi.ng/rle-pack 3.2, label_studio_sdk converter/brush.py.
 */
const wordBits = 8
const lengthBits = [3, 4, 8, 16] as const
const channels = 4
const set = 255

/**
 * Packs a mask.
 *
 * @param width pixels
 * @param height pixels
 * @returns bytes for `value.rle`
 * @throws HtxError `HTX_REGION_INVALID` when the mask is of another size
 */
export function encodeMask(mask: Mask, width: number, height: number): number[] {
  const pixels = pixelsIn(width, height)
  if (mask.length !== pixels) {
    throw new HtxError(
      'HTX_REGION_INVALID',
      `a mask of ${width} x ${height} pixels has ${pixels} values; this one has ${mask.length}`,
    )
  }
  const bits = new BitWriter()
  const words = pixels * channels
  bits.write(Math.floor(words / 2 ** 16), 16)
  bits.write(words % 2 ** 16, 16)
  bits.write(wordBits - 1, 5)
  for (const size of lengthBits) bits.write(size - 1, 4)
  for (let start = 0; start < pixels; ) {
    const isSet = Number(mask[start]) > 0
    let end = start + 1
    while (end < pixels && Number(mask[end]) > 0 === isSet) end += 1
    writeRun(bits, (end - start) * channels, isSet ? set : 0)
    start = end
  }
  return bits.finish()
}

/**
 * Unpacks a mask.
 *
 * @returns one byte a pixel, row by row: 255 set, 0 not
 * @throws HtxError `HTX_REGION_INVALID` when it is not a mask of that size
 */
export function decodeMask(rle: ArrayLike<number>, width: number, height: number): Uint8Array {
  const pixels = pixelsIn(width, height)
  const bits = new BitReader(rle)
  const words = bits.read(32)
  if (words !== pixels * channels) {
    throw new HtxError(
      'HTX_REGION_INVALID',
      `expected a mask of ${width} x ${height} pixels (${pixels * channels} words), got ${words} words`,
    )
  }
  const wordSize = bits.read(5) + 1
  const sizes = lengthBits.map(() => bits.read(4) + 1)
  const mask = new Uint8Array(pixels)
  for (let word = 0; word < words; ) {
    const repeats = bits.read(1) === 1
    const end = word + bits.read(sizes[bits.read(2)] as number) + 1
    if (end > words)
      throw new HtxError('HTX_REGION_INVALID', `the mask goes on past its ${words} words; is it Label Studio's RLE?`)
    if (repeats) {
      // The alpha of pixel p is word 4p + 3: a run up to `end` holds those of the pixels before end / 4.
      if (bits.read(wordSize) > 0) mask.fill(set, Math.floor(word / channels), Math.floor(end / channels))
      word = end
    }
    for (; word < end; word += 1) {
      if (bits.read(wordSize) > 0 && word % channels === channels - 1) mask[Math.floor(word / channels)] = set
    }
  }
  return mask
}

function pixelsIn(width: number, height: number): number {
  const pixels = width * height
  const fits =
    Number.isInteger(width) && Number.isInteger(height) && width > 0 && height > 0 && pixels * channels < 2 ** 32
  if (fits) return pixels
  throw new HtxError(
    'HTX_REGION_INVALID',
    `a mask needs a width and a height in whole pixels, together below 2^30; got ${width} x ${height}`,
  )
}

/** A run of pixels is at least four words long, so that it never needs a literal block. */
function writeRun(bits: BitWriter, words: number, word: number): void {
  for (let left = words; left > 0; ) {
    const sizeClass = left <= 8 ? 0 : left <= 16 ? 1 : left <= 256 ? 2 : 3
    const size = lengthBits[sizeClass]
    const length = Math.min(left, 2 ** size)
    bits.write(4 + sizeClass, 3)
    bits.write(length - 1, size)
    bits.write(word, wordBits)
    left -= length
  }
}

class BitWriter {
  readonly #bytes: number[] = []
  /** Bits that do not fill a byte yet: fewer than eight. */
  #pending = 0
  #count = 0

  /** @param size at most 16 */
  write(value: number, size: number): void {
    this.#pending = (this.#pending << size) | value
    this.#count += size
    while (this.#count >= 8) {
      this.#count -= 8
      this.#bytes.push((this.#pending >> this.#count) & 0xff)
    }
    this.#pending &= (1 << this.#count) - 1
  }

  finish(): number[] {
    if (this.#count > 0) this.write(0, 8 - this.#count)
    return this.#bytes
  }
}

class BitReader {
  readonly #bytes: ArrayLike<number>
  #at = 0

  constructor(bytes: ArrayLike<number>) {
    this.#bytes = bytes
  }

  /** @param size at most 32 */
  read(size: number): number {
    let value = 0
    for (let left = size; left > 0; ) {
      const byte = this.#bytes[Math.floor(this.#at / 8)]
      if (byte === undefined) throw new HtxError('HTX_REGION_INVALID', 'the mask ends before its last pixel')
      const rest = 8 - (this.#at % 8)
      const taken = Math.min(rest, left)
      value = value * 2 ** taken + ((byte >> (rest - taken)) & (2 ** taken - 1))
      this.#at += taken
      left -= taken
    }
    return value
  }
}
