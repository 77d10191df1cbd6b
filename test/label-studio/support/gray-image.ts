import { deflateSync, inflateSync } from 'node:zlib'

/** A picture with one byte a pixel: 0 black, 255 white. */
export interface GrayImage {
  readonly width: number
  readonly height: number
  readonly pixels: Uint8Array
}

export interface DarkShape {
  readonly x: number
  readonly y: number
  readonly width: number
  readonly height: number
}

/** White, with dark rectangles. */
export function drawShapes(width: number, height: number, shapes: readonly DarkShape[]): GrayImage {
  const pixels = new Uint8Array(width * height).fill(255)
  for (const shape of shapes) {
    for (let y = shape.y; y < shape.y + shape.height; y += 1) {
      pixels.fill(40, y * width + shape.x, y * width + shape.x + shape.width)
    }
  }
  return { width, height, pixels }
}

const signature = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a])

/** PNG with rows as they are (filter 0), which `decodePng` reads; for no other PNGs. */
export function encodePng({ width, height, pixels }: GrayImage): Buffer {
  const header = Buffer.alloc(13)
  header.writeUInt32BE(width, 0)
  header.writeUInt32BE(height, 4)
  header.set([8, 0, 0, 0, 0], 8)
  const rows = Buffer.alloc((width + 1) * height)
  for (let y = 0; y < height; y += 1) rows.set(pixels.subarray(y * width, (y + 1) * width), y * (width + 1) + 1)
  return Buffer.concat([
    signature,
    chunk('IHDR', header),
    chunk('IDAT', deflateSync(rows)),
    chunk('IEND', Buffer.alloc(0)),
  ])
}

/** Reads what `encodePng` wrote. */
export function decodePng(png: Buffer): GrayImage {
  const width = png.readUInt32BE(16)
  const height = png.readUInt32BE(20)
  const dataAt = signature.length + 12 + 13
  const rows = inflateSync(png.subarray(dataAt + 8, dataAt + 8 + png.readUInt32BE(dataAt)))
  const pixels = new Uint8Array(width * height)
  for (let y = 0; y < height; y += 1) {
    pixels.set(rows.subarray(y * (width + 1) + 1, (y + 1) * (width + 1)), y * width)
  }
  return { width, height, pixels }
}

function chunk(type: string, data: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), data])
  const framed = Buffer.alloc(body.length + 8)
  framed.writeUInt32BE(data.length, 0)
  framed.set(body, 4)
  framed.writeUInt32BE(crc32(body), body.length + 4)
  return framed
}

/** zlib.crc32 is not in Node 20.19's types. */
function crc32(bytes: Uint8Array): number {
  let crc = 0xffffffff
  for (const byte of bytes) {
    crc ^= byte
    for (let bit = 0; bit < 8; bit += 1) crc = (crc >>> 1) ^ (crc & 1 ? 0xedb88320 : 0)
  }
  return (crc ^ 0xffffffff) >>> 0
}
