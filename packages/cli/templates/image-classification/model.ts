import {
  BaseModel,
  choices,
  labelsOfItem,
  type ModelTask,
  type PredictContext,
  type TaskPredictions,
  type TrainFn,
} from '@htx/core'
import { classify, featuresOf, learn, type Mean } from './nearest-mean.ts'

/** What `train` returns and `load` gets. */
interface Resources {
  means: Mean[]
}

/** Says which choice fits a picture. */
export default class ImageClassification extends BaseModel<Resources, [file: string]> {
  static override readonly inputTypes = ['Image']
  static override readonly outputTypes = ['Choices']
  /** Pictures are fetched before `predict`, which gets their paths. */
  static override readonly inputs = 'file'

  #means: readonly Mean[] = []

  override load({ means = [] }: Partial<Resources>): void {
    this.#means = means
  }

  override predict(
    tasks: readonly ModelTask<[file: string]>[],
    { binding }: PredictContext,
  ): Promise<TaskPredictions[]> {
    const [first, ...others] = binding.labels
    const known = this.#means.filter(({ label }) => binding.labels.includes(label))
    return Promise.all(
      tasks.map(async ({ input: [file] }) => {
        const guess = first === undefined ? undefined : { label: first, score: 1 / (1 + others.length) }
        const best = classify(known, await featuresOf(file)) ?? guess
        return best && { score: best.score, result: [choices(binding, [best.label])] }
      }),
    )
  }
}

export const train: TrainFn<Resources, [url: string]> = async (items, _workingDir, context) => {
  let means: Mean[] = []
  let learned = 0
  for await (const item of items) {
    const file = await context.resolve(item.input[0])
    for (const label of labelsOfItem(item)) means = learn(means, await featuresOf(file), label)
    learned += 1
    context.progress(learned / context.itemCount, `${learned} pictures`)
  }
  return { means }
}
