import {
  BaseModel,
  brushLabels,
  labelsOfItem,
  type ModelTask,
  type PredictContext,
  pointInPixels,
  type TaskPredictions,
} from '@htx/core'
import { floodFill, readPicture } from './flood-fill.ts'

/** Turns a click into the mask of what was clicked on. */
export default class InteractiveSegmentation extends BaseModel<object, [file: string]> {
  static override readonly inputTypes = ['Image']
  static override readonly outputTypes = ['BrushLabels']
  /** Pictures are fetched before `predict`, which gets their paths. */
  static override readonly inputs = 'file'

  override async predict(
    tasks: readonly ModelTask<[file: string]>[],
    { binding, interactive, options }: PredictContext,
  ): Promise<TaskPredictions[]> {
    const click = interactive?.result.findLast(
      ({ type, is_positive }) => type === 'keypointlabels' && is_positive !== false,
    )
    const [task] = tasks
    // Without a click there is nothing to say; with one there is one task.
    if (click === undefined || task === undefined) return tasks.map(() => null)
    const [label] = labelsOfItem({ output: [click] })
    if (label === undefined || !binding.labels.includes(label)) return [null]
    const image = await readPicture(task.input[0])
    const { x, y } = pointInPixels(click)
    const mask = floodFill(image, x, y, Number(options.tolerance ?? 40))
    return [{ result: [brushLabels(binding, [label], mask, { image })] }]
  }
}
