import { type Box, cornersOf } from '@htx/core'
import { type InferenceSession, Tensor } from 'onnxruntime-node'
import type { Pixels } from './image.ts'

/*
 * PP-OCRv4 recognition: a line of text, 48 pixels high. Input `x` float32 [1,3,48,W], (RGB/255 - 0.5) / 0.5; output [1,T,C]: for
 * each step how likely each character is; class 0 is no character, the last one a space. Source: PaddleOCR, tools/infer/predict_rec.py.
 */
const lineHeight = 48
const narrowest = 16
const widest = 3_200

export interface Line {
  readonly text: string
  /** How sure the model is of its characters, on average; 0–1. */
  readonly score: number
}

/** Reads the text in a box of an image. @param alphabet characters of the classes from 1 on */
export async function recogniseLine(
  session: InferenceSession,
  alphabet: readonly string[],
  image: Pixels,
  box: Required<Box>,
): Promise<Line> {
  const width = Math.min(widest, Math.max(narrowest, Math.round((box.width * lineHeight) / box.height)))
  const output = await session.run({ x: new Tensor('float32', cut(image, box, width), [1, 3, lineHeight, width]) })
  const { data, dims } = Object.values(output)[0] as { data: Float32Array; dims: readonly number[] }
  return readSteps(data, dims[1] as number, dims[2] as number, alphabet)
}

/** The likeliest class of each step; repeats and no-characters fall out. */
function readSteps(data: Float32Array, steps: number, classes: number, alphabet: readonly string[]): Line {
  let text = ''
  let sum = 0
  let read = 0
  let before = 0
  for (let step = 0; step < steps; step += 1) {
    let best = 0
    for (let at = 1; at < classes; at += 1) {
      if ((data[step * classes + at] as number) > (data[step * classes + best] as number)) best = at
    }
    if (best !== 0 && best !== before) {
      text += alphabet[best - 1] ?? ''
      sum += data[step * classes + best] as number
      read += 1
    }
    before = best
  }
  return { text: text.trim(), score: read === 0 ? 0 : sum / read }
}

/** The pixels of a box, turned upright, as normalised planes; four samples a pixel. */
function cut(image: Pixels, box: Required<Box>, width: number): Float32Array {
  const [from, right, , down] = cornersOf(box)
  const planes = new Float32Array(3 * lineHeight * width)
  const offsets = [0.25, 0.75]
  for (let y = 0; y < lineHeight; y += 1) {
    for (let x = 0; x < width; x += 1) {
      const sum = [0, 0, 0]
      for (const dy of offsets) {
        for (const dx of offsets) {
          const [along, across] = [(x + dx) / width, (y + dy) / lineHeight]
          const sourceX = from[0] + (right[0] - from[0]) * along + (down[0] - from[0]) * across
          const sourceY = from[1] + (right[1] - from[1]) * along + (down[1] - from[1]) * across
          addSample(image, sourceX - 0.5, sourceY - 0.5, sum)
        }
      }
      for (let channel = 0; channel < 3; channel += 1) {
        planes[(channel * lineHeight + y) * width + x] = (sum[channel] as number) / 4 / 127.5 - 1
      }
    }
  }
  return planes
}

/** Between four pixels, by their distance. */
function addSample({ data, width, height }: Pixels, x: number, y: number, sum: number[]): void {
  const left = Math.floor(x)
  const top = Math.floor(y)
  for (const [column, row, share] of [
    [left, top, (left + 1 - x) * (top + 1 - y)],
    [left + 1, top, (x - left) * (top + 1 - y)],
    [left, top + 1, (left + 1 - x) * (y - top)],
    [left + 1, top + 1, (x - left) * (y - top)],
  ] as const) {
    const at = (Math.min(height - 1, Math.max(0, row)) * width + Math.min(width - 1, Math.max(0, column))) * 3
    for (let channel = 0; channel < 3; channel += 1)
      sum[channel] = (sum[channel] as number) + share * (data[at + channel] as number)
  }
}
