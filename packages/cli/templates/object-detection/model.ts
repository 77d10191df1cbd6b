import { BaseModel, labelMap, type ModelTask, type PredictContext, type Prediction, rectangleLabels } from '@htx/core'
import { classes, detect } from './detect.ts'

/** Draws boxes around what it sees. */
export default class ObjectDetection extends BaseModel<object, [file: string]> {
  static override readonly inputTypes = ['Image']
  static override readonly outputTypes = ['RectangleLabels']
  /** Pictures are fetched before `predict`, which gets their paths. */
  static override readonly inputs = 'file'

  override async predict(
    tasks: readonly ModelTask<[file: string]>[],
    { binding, options }: PredictContext,
  ): Promise<Prediction[]> {
    const labelOf = labelMap(binding, classes)
    const threshold = Number(options.score_threshold ?? 0.5)
    const predictions: Prediction[] = []
    for (const { input } of tasks) {
      const { image, detections } = await detect(input[0])
      const sure = detections.filter(({ className, score }) => score >= threshold && labelOf.has(className))
      predictions.push({
        score: Math.min(1, ...sure.map(({ score }) => score)),
        result: sure.map(({ className, score, box }) =>
          rectangleLabels(binding, [labelOf.get(className) ?? className], box, { image, score }),
        ),
      })
    }
    return predictions
  }
}
