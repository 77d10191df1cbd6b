import { BaseModel, choices, type LoadContext, type ModelTask, type PredictContext, type Prediction } from '@htx/core'
import type { InferenceSession } from 'onnxruntime-node'
import { classifyTurn, openClassifier } from '../work/classifier.ts'
import { readPixels } from '../work/pixels.ts'

/** Whether a line of text stands on its head. */
export default class Classifier extends BaseModel<object, [path: string]> {
  static override readonly inputTypes = ['Image']
  static override readonly outputTypes = ['Choices']
  static override readonly inputs = 'file'

  #session!: InferenceSession

  override async load(_resources: object, { threads }: LoadContext): Promise<void> {
    this.#session = await openClassifier(threads)
  }

  override async predict(
    tasks: readonly ModelTask<[path: string]>[],
    { binding, signal }: PredictContext,
  ): Promise<Prediction[]> {
    const predictions: Prediction[] = []
    // One by one: on a processor a batch of this network takes longer than its images do alone.
    for (const { input } of tasks) {
      signal.throwIfAborted()
      const { label, score } = await classifyTurn(this.#session, readPixels(input[0]))
      predictions.push({ score, result: [choices(binding, [label])] })
    }
    return predictions
  }

  override unload(): Promise<void> {
    return this.#session.release()
  }
}
