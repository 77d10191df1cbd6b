import {
  BaseModel,
  type LoadContext,
  type ModelTask,
  type PredictContext,
  type Prediction,
  rectangleLabels,
} from '@htx/core'
import type { InferenceSession } from 'onnxruntime-node'
import { detectLines, openDetector } from '../work/detector.ts'
import { readPixels } from '../work/pixels.ts'

/** Boxes around the lines of an image. */
export default class Detector extends BaseModel<object, [path: string]> {
  static override readonly inputTypes = ['Image']
  static override readonly outputTypes = ['RectangleLabels']
  static override readonly inputs = 'file'

  #session!: InferenceSession

  override async load(_resources: object, { threads }: LoadContext): Promise<void> {
    this.#session = await openDetector(threads)
  }

  override async predict(
    tasks: readonly ModelTask<[path: string]>[],
    { binding, signal }: PredictContext,
  ): Promise<Prediction[]> {
    const predictions: Prediction[] = []
    for (const { input } of tasks) {
      signal.throwIfAborted()
      const image = readPixels(input[0])
      const lines = await detectLines(this.#session, image)
      predictions.push({
        score: Math.max(0, ...lines.map(line => line.score)),
        result: lines.map(line => rectangleLabels(binding, ['Text'], line, { image, score: line.score })),
      })
    }
    return predictions
  }

  override unload(): Promise<void> {
    return this.#session.release()
  }
}
