import { type InferenceSession, Tensor } from 'onnxruntime-node'
import { modelFile } from './assets.ts'
import { type Pixels, scaleOf, toPlanes } from './pixels.ts'
import { openSession } from './session.ts'

export interface Turn {
  readonly label: '0' | '180'
  /** How likely; 0–1. */
  readonly score: number
}

const scale = scaleOf([0.5, 0.5, 0.5], [0.5, 0.5, 0.5])

export function openClassifier(threads: number): Promise<InferenceSession> {
  return openSession(modelFile('classification'), threads)
}

/** Whether a line of text, 192 × 48 pixels, stands on its head: PaddleOCR's classifier of angles. */
export async function classifyTurn(session: InferenceSession, image: Pixels): Promise<Turn> {
  const planes = toPlanes(image, scale)
  const { 'softmax_0.tmp_0': output } = await session.run({
    x: new Tensor('float32', planes, [1, 3, image.height, image.width]),
  })
  const [upright = 0, turned = 0] = (output?.data ?? []) as Float32Array
  return upright >= turned ? { label: '0', score: upright } : { label: '180', score: turned }
}
