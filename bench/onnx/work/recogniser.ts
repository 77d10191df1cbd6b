import { type InferenceSession, Tensor } from 'onnxruntime-node'
import { modelFile } from './assets.ts'
import type { LineBox } from './detector.ts'
import { cutOut, type Pixels, scaleOf, toPlanes } from './pixels.ts'
import { openSession } from './session.ts'

const scale = scaleOf([0.5, 0.5, 0.5], [0.5, 0.5, 0.5])
const lineHeight = 48

export function openRecogniser(threads: number): Promise<InferenceSession> {
  return openSession(modelFile('recognition'), threads)
}

/** Reads a line: PP-OCRv4 recognition. The likeliest class of each step; repeats and class 0, no character, fall out. */
export async function readLine(
  session: InferenceSession,
  alphabet: readonly string[],
  image: Pixels,
  line: LineBox,
): Promise<string> {
  const width = Math.max(16, Math.floor((line.width * lineHeight) / line.height))
  const planes = toPlanes(cutOut(image, line, width, lineHeight), scale)
  const { 'softmax_11.tmp_0': output } = await session.run({
    x: new Tensor('float32', planes, [1, 3, lineHeight, width]),
  })
  const likely = output?.data as Float32Array
  const [, steps = 0, classes = 0] = output?.dims ?? []
  let text = ''
  let before = 0
  for (let step = 0; step < steps; step += 1) {
    const from = step * classes
    let best = 0
    for (let at = 1; at < classes; at += 1) {
      if ((likely[from + at] as number) > (likely[from + best] as number)) best = at
    }
    if (best !== 0 && best !== before) text += alphabet[best - 1] ?? ''
    before = best
  }
  return text.trim()
}
