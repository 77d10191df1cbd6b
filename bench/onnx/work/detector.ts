import { type InferenceSession, Tensor } from 'onnxruntime-node'
import { modelFile } from './assets.ts'
import { type Pixels, scaleOf, toPlanes } from './pixels.ts'
import { openSession } from './session.ts'

/** A line of text, in pixels. */
export interface LineBox {
  readonly x: number
  readonly y: number
  readonly width: number
  readonly height: number
  /** How likely its likeliest pixel is text; 0–1. */
  readonly score: number
}

const scale = scaleOf([0.485, 0.456, 0.406], [0.229, 0.224, 0.225])
const textThreshold = 0.3
const smallestHeight = 4

export function openDetector(threads: number): Promise<InferenceSession> {
  return openSession(modelFile('detection'), threads)
}

/**
 * PP-OCRv4 detection on an image whose sides are multiples of 32. Lines are rows with text that follow each other: enough for upright text in
 * one column, and the same few steps in each language.
 */
export async function detectLines(session: InferenceSession, image: Pixels): Promise<LineBox[]> {
  const { width, height } = image
  const { 'sigmoid_0.tmp_0': output } = await session.run({
    x: new Tensor('float32', toPlanes(image, scale), [1, 3, height, width]),
  })
  const map = output?.data as Float32Array
  const lines: LineBox[] = []
  let top: number | undefined
  for (let y = 0; y <= height; y += 1) {
    const hasText = y < height && rowHasText(map, y, width)
    if (hasText) top ??= y
    else if (top !== undefined) {
      if (y - top >= smallestHeight) lines.push(lineBetween(map, width, height, top, y))
      top = undefined
    }
  }
  return lines
}

function rowHasText(map: Float32Array, y: number, width: number): boolean {
  for (let at = y * width; at < (y + 1) * width; at += 1) if ((map[at] as number) > textThreshold) return true
  return false
}

/** @param top first row with text @param bottom first row without */
function lineBetween(map: Float32Array, width: number, height: number, top: number, bottom: number): LineBox {
  let [left, right, score] = [width, 0, 0]
  for (let y = top; y < bottom; y += 1) {
    for (let x = 0; x < width; x += 1) {
      const likely = map[y * width + x] as number
      if (likely <= textThreshold) continue
      left = Math.min(left, x)
      right = Math.max(right, x + 1)
      score = Math.max(score, likely)
    }
  }
  // The network marks the inner part of a line.
  const grow = Math.floor(((right - left) * (bottom - top)) / (right - left + bottom - top))
  const [x, y] = [Math.max(0, left - grow), Math.max(0, top - grow)]
  return { x, y, width: Math.min(width, right + grow) - x, height: Math.min(height, bottom + grow) - y, score }
}
