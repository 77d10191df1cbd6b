import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import {
  BaseModel,
  choices,
  labelsOfItem,
  type ModelTask,
  type PredictContext,
  type TaskPredictions,
  type TrainFn,
} from '@htx/core'
import { type Counts, classify, learn, noCounts } from './naive-bayes.ts'

/** What `train` returns and `load` gets. */
interface Resources {
  /** `Counts` as JSON. */
  countsFile: string
}

/** Says which choice fits a text. */
export default class TextClassification extends BaseModel<Resources, [text: string]> {
  static override readonly inputTypes = ['Text']
  static override readonly outputTypes = ['Choices']

  #counts = noCounts()

  override async load({ countsFile }: Partial<Resources>): Promise<void> {
    if (countsFile !== undefined) this.#counts = JSON.parse(await readFile(countsFile, 'utf8'))
  }

  override predict(tasks: readonly ModelTask<[text: string]>[], { binding }: PredictContext): TaskPredictions[] {
    return tasks.map(({ input: [text] }) => {
      const best = classify(this.#counts, text, binding.labels)
      return best && { score: best.score, result: [choices(binding, [best.label])] }
    })
  }
}

export const train: TrainFn<Resources, [text: string]> = async (items, workingDir, context) => {
  const counts: Counts = noCounts()
  let learned = 0
  for await (const item of items) {
    for (const label of labelsOfItem(item)) learn(counts, item.input[0], label)
    learned += 1
    context.progress(learned / context.itemCount, `${learned} texts`)
  }
  const countsFile = join(workingDir, 'counts.json')
  await writeFile(countsFile, JSON.stringify(counts))
  return { countsFile }
}
