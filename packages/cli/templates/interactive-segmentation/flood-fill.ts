import type { ImageSize, Mask } from '@htx/core'
import sharp from 'sharp'

/** A picture in memory: three bytes a pixel, row by row. */
export interface Picture extends ImageSize {
  readonly pixels: Uint8Array
}

/** @param file any picture that sharp reads */
export async function readPicture(file: string): Promise<Picture> {
  const { data, info } = await sharp(file)
    .autoOrient()
    .flatten({ background: 'white' })
    .toColourspace('srgb')
    .raw()
    .toBuffer({ resolveWithObject: true })
  return { width: info.width, height: info.height, pixels: data }
}

/**
 * What hangs together with a pixel and has its colour, as a mask of the picture: the place for a network of your own.
 *
 * @param tolerance how far a colour may be away, 0–441
 */
export function floodFill({ width, height, pixels }: Picture, x: number, y: number, tolerance: number): Mask {
  const mask = new Uint8Array(width * height)
  const start = Math.min(Math.floor(y), height - 1) * width + Math.min(Math.floor(x), width - 1)
  const waiting = [start]
  mask[start] = 1
  for (let at = waiting.pop(); at !== undefined; at = waiting.pop()) {
    const column = at % width
    const neighbours = [at - width, at + width, column > 0 ? at - 1 : -1, column < width - 1 ? at + 1 : -1]
    for (const next of neighbours) {
      if (next < 0 || next >= mask.length || mask[next] === 1 || distance(pixels, start, next) > tolerance) continue
      mask[next] = 1
      waiting.push(next)
    }
  }
  return mask
}

function distance(pixels: Uint8Array, one: number, other: number): number {
  const channels = [0, 1, 2].map(channel => (pixels[3 * one + channel] ?? 0) - (pixels[3 * other + channel] ?? 0))
  return Math.hypot(...channels)
}
