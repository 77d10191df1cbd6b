import { HtxError } from '../errors/htx-error.ts'

/** One value a pixel, row by row; above 0 (or true) is set. */
export type Mask = ArrayLike<number | boolean>

/*
 * The packing of brush masks, bits from the most significant: number of words (32), word size - 1 (5), four sizes of run lengths - 1
 * (4 each), then blocks: flag, size class (2), length - 1, and one word (flag 1: repeated) or `length` words (flag 0).
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
 */
export function encodeMask(mask: Mask, width: number, height: number): number[] {
  const pixels = width * height
  if (mask.length !== pixels) {
    throw new HtxError(
      'HTX_REGION_INVALID',
      `a mask of ${width} x ${height} pixels has ${pixels} values; this one has ${mask.length}`,
    )
  }
  const bits = new BitWriter()
  bits.write(pixels * channels, 32)
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
  const bits = new BitReader(rle)
  const words = bits.read(32)
  if (words !== width * height * channels) {
    throw new HtxError(
      'HTX_REGION_INVALID',
      `expected a mask of ${width} x ${height} pixels (${width * height * channels} words), got ${words} words`,
    )
  }
  const wordSize = bits.read(5) + 1
  const sizes = [0, 1, 2, 3].map(() => bits.read(4) + 1)
  const mask = new Uint8Array(width * height)
  for (let word = 0; word < words; ) {
    const repeats = bits.read(1) === 1
    const length = bits.read(sizes[bits.read(2)] as number) + 1
    if (bits.isPastEnd || word + length > words)
      throw new HtxError('HTX_REGION_INVALID', 'the mask ends before its last pixel')
    let value = repeats ? bits.read(wordSize) : 0
    for (const end = word + length; word < end; word += 1) {
      if (!repeats) value = bits.read(wordSize)
      if (word % channels === channels - 1 && value > 0) mask[(word - channels + 1) / channels] = set
    }
  }
  return mask
}

function writeRun(bits: BitWriter, run: number, word: number): void {
  for (let left = run; left > 0; ) {
    const sizeClass = left <= 8 ? 0 : left <= 16 ? 1 : left <= 256 ? 2 : 3
    const size = lengthBits[sizeClass] as number
    const length = Math.min(left, 2 ** size)
    bits.write(length === 1 ? 0 : 1, 1)
    bits.write(sizeClass, 2)
    bits.write(length - 1, size)
    bits.write(word, wordBits)
    left -= length
  }
}

class BitWriter {
  readonly #bytes: number[] = []
  #pending = 0
  #count = 0

  write(value: number, size: number): void {
    for (let bit = size - 1; bit >= 0; bit -= 1) {
      this.#pending = (this.#pending << 1) | (Math.floor(value / 2 ** bit) & 1)
      this.#count += 1
      if (this.#count === 8) this.#flush()
    }
  }

  finish(): number[] {
    if (this.#count > 0) {
      this.#pending <<= 8 - this.#count
      this.#flush()
    }
    return this.#bytes
  }

  #flush(): void {
    this.#bytes.push(this.#pending & 0xff)
    this.#pending = 0
    this.#count = 0
  }
}

class BitReader {
  readonly #bytes: ArrayLike<number>
  #at = 0

  constructor(bytes: ArrayLike<number>) {
    this.#bytes = bytes
  }

  get isPastEnd(): boolean {
    return this.#at > this.#bytes.length * 8
  }

  read(size: number): number {
    let value = 0
    for (let bit = 0; bit < size; bit += 1) {
      const byte = this.#bytes[this.#at >> 3] ?? 0
      value = value * 2 + ((byte >> (7 - (this.#at & 7))) & 1)
      this.#at += 1
    }
    return value
  }
}
