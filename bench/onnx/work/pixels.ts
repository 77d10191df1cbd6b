import { readFileSync } from 'node:fs'

/** Pixels of an image: red, green, blue, one byte each, row by row. */
export interface Pixels {
  readonly data: Uint8Array
  readonly width: number
  readonly height: number
}

/** What becomes of a byte in each channel. */
export type Scale = readonly [red: Float32Array, green: Float32Array, blue: Float32Array]

type PerChannel = readonly [red: number, green: number, blue: number]

/** (byte / 255 - mean) / std, for all bytes: a look into a table is quicker than the arithmetic. */
export function scaleOf(mean: PerChannel, std: PerChannel): Scale {
  const channel = (place: 0 | 1 | 2) =>
    Float32Array.from({ length: 256 }, (_, byte) => (byte / 255 - mean[place]) / std[place])
  return [channel(0), channel(1), channel(2)]
}

/**
 * Reads a binary PPM («P6», without comments). Pixels lie in it as they are: no library decodes them, so that sharp is not compared with
 * Pillow here. A worker is a thread of its own that has nothing else to do, and `readFileSync` costs a tenth of `readFile`.
 */
export function readPixels(path: string): Pixels {
  const bytes = readFileSync(path)
  const [header = '', width, height] = /^P6\s(\d+)\s(\d+)\s255\s/.exec(bytes.toString('latin1', 0, 32)) ?? []
  if (header === '') throw new Error(`${path} must be a binary PPM of 8 bits; it starts with ${bytes.subarray(0, 16)}`)
  return { data: bytes.subarray(header.length), width: Number(width), height: Number(height) }
}

let memory = new Float32Array(0)

/**
 * Planes of a colour each, as networks take them: float32 [3, height, width]. They lie in the same memory each time: a thread runs one
 * network at a time, and fresh pages cost more than what is written to them.
 */
export function toPlanes({ data, width, height }: Pixels, scale: Scale): Float32Array {
  const size = width * height
  if (memory.length < 3 * size) memory = new Float32Array(3 * size)
  const planes = memory.subarray(0, 3 * size)
  for (const [channel, table] of scale.entries()) {
    for (let at = 0, from = channel, to = channel * size; at < size; at += 1, from += 3, to += 1)
      planes[to] = table[data[from] as number] as number
  }
  return planes
}

/** A part of an image, scaled: the nearest pixel counts. */
export function cutOut(
  { data, width }: Pixels,
  box: { readonly x: number; readonly y: number; readonly width: number; readonly height: number },
  toWidth: number,
  toHeight: number,
): Pixels {
  const cut = new Uint8Array(toWidth * toHeight * 3)
  let to = 0
  for (let y = 0; y < toHeight; y += 1) {
    const row = (box.y + Math.floor(((y + 0.5) * box.height) / toHeight)) * width + box.x
    for (let x = 0; x < toWidth; x += 1) {
      const from = (row + Math.floor(((x + 0.5) * box.width) / toWidth)) * 3
      cut[to] = data[from] as number
      cut[to + 1] = data[from + 1] as number
      cut[to + 2] = data[from + 2] as number
      to += 3
    }
  }
  return { data: cut, width: toWidth, height: toHeight }
}
