import {
  BaseModel,
  type Binding,
  type LoadContext,
  type ModelTask,
  type PredictContext,
  type Prediction,
  type Region,
  rectangleLabels,
  textArea,
} from '@htx/core'
import type { InferenceSession } from 'onnxruntime-node'
import { alphabet } from '../work/assets.ts'
import { detectLines, openDetector } from '../work/detector.ts'
import { readPixels } from '../work/pixels.ts'
import { openRecogniser, readLine } from '../work/recogniser.ts'

/** Boxes around the lines of an image, and what they say. */
export default class Reader extends BaseModel<object, [path: string]> {
  static override readonly inputTypes = ['Image']
  static override readonly outputTypes = ['RectangleLabels', 'TextArea']
  static override readonly inputs = 'file'

  #detection!: InferenceSession
  #recognition!: InferenceSession
  #alphabet!: readonly string[]

  override async load(_resources: object, { threads }: LoadContext): Promise<void> {
    this.#detection = await openDetector(threads)
    this.#recognition = await openRecogniser(threads)
    this.#alphabet = alphabet()
  }

  override async predict(
    tasks: readonly ModelTask<[path: string]>[],
    { bindings, signal }: PredictContext,
  ): Promise<Prediction[]> {
    const boxes = bindingOf('RectangleLabels', bindings)
    const texts = bindingOf('TextArea', bindings)
    const predictions: Prediction[] = []
    for (const { input } of tasks) {
      signal.throwIfAborted()
      const image = readPixels(input[0])
      const result: Region[] = []
      for (const line of await detectLines(this.#detection, image)) {
        const box = rectangleLabels(boxes, ['Text'], line, { image, score: line.score })
        const text = await readLine(this.#recognition, this.#alphabet, image, line)
        result.push(box, textArea(texts, [text], { of: box, score: line.score }))
      }
      predictions.push({ result })
    }
    return predictions
  }

  override async unload(): Promise<void> {
    await this.#detection.release()
    await this.#recognition.release()
  }
}

function bindingOf(tag: string, bindings: readonly Binding[]): Binding {
  const found = bindings.find(({ control }) => control.tag === tag)
  if (found === undefined) throw new Error(`the label config must have <${tag}>; it has ${bindings.length} others`)
  return found
}
