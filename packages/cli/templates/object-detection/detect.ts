import type { Box, ImageSize } from '@htx/core'
import sharp from 'sharp'

/** The classes that `detect` tells apart. */
export const classes = ['object']

export interface Detection {
  readonly className: string
  /** 0–1. */
  readonly score: number
  /** Pixels of the picture. */
  readonly box: Box
}

/** Finds what stands out from the background, as one box: the place for a network of your own. @param file any picture that sharp reads */
export async function detect(file: string): Promise<{ image: ImageSize; detections: Detection[] }> {
  const picture = await sharp(file).autoOrient().flatten({ background: 'white' }).png().toBuffer()
  const { width, height } = await sharp(picture).metadata()
  const { info } = await sharp(picture).trim({ threshold: 40 }).toBuffer({ resolveWithObject: true })
  const box = { x: -(info.trimOffsetLeft ?? 0), y: -(info.trimOffsetTop ?? 0), width: info.width, height: info.height }
  const isAll = box.width === width && box.height === height
  // What fills a third of the picture is rather an object than the whole of a scene.
  const score = isAll ? 0 : 1 - (box.width * box.height) / (width * height)
  return { image: { width, height }, detections: [{ className: 'object', score, box }] }
}
