import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import {
  BaseModel,
  choices,
  labelsOfItem,
  type ModelTask,
  messageOf,
  type PredictContext,
  type Prediction,
  splitItems,
  type TrainFn,
} from '@htx/core'
import { type Embedder, openEmbedder } from './embed.ts'
import { accuracyOf, classify, type Example, type Head, trainHead } from './head.ts'

interface Resources {
  /** A `Head` as JSON. */
  headFile: string
  labels: string[]
}

/** Says which choice fits a picture: a network that knows pictures, and a small head that learned the choices. */
export default class ImageClassification extends BaseModel<Resources, [file: string]> {
  static override readonly inputTypes = ['Image']
  static override readonly outputTypes = ['Choices']
  static override readonly inputs = 'file'
  static override readonly requiresTraining = true

  #embedder!: Embedder
  #head!: Head

  override async load({ headFile }: Partial<Resources>): Promise<void> {
    if (headFile === undefined) throw new Error('train it first: htx-train model.ts --data tasks.json')
    this.#head = JSON.parse(await readFile(headFile, 'utf8'))
    this.#embedder = await openEmbedder()
  }

  override async predict(
    tasks: readonly ModelTask<[file: string]>[],
    { binding, log }: PredictContext,
  ): Promise<(Prediction | null)[]> {
    const predictions: (Prediction | null)[] = []
    for (const { id, input } of tasks) {
      try {
        const { label, score } = classify(this.#head, await this.#embedder.embed(input[0]))
        predictions.push({ score, result: [choices(binding, [label])] })
      } catch (error) {
        log.warn('a picture cannot be read', { task: id, problem: messageOf(error) })
        predictions.push(null)
      }
    }
    return predictions
  }
}

interface Labelled extends Example {
  readonly id: number | string
}

/** Learns the choices from annotated pictures; a fifth of them is held back to measure the accuracy. */
export const train: TrainFn<Resources, [url: string]> = async (items, workingDir, context) => {
  const embedder = await openEmbedder()
  const examples: Labelled[] = []
  let seen = 0
  for await (const item of items) {
    context.signal.throwIfAborted()
    const [label] = labelsOfItem(item)
    seen += 1
    context.progress((0.9 * seen) / context.itemCount, `picture ${seen} of ${context.itemCount}`)
    if (label === undefined) continue
    const features = await embedder.embed(await context.resolve(item.input[0]))
    examples.push({ id: item.id, label, features })
  }
  const { training, validation } = await splitItems(examples)
  const accuracy = accuracyOf(trainHead(training), validation)
  // What goes live has learned from all of them.
  const head = trainHead(examples)
  context.progress(1, `accuracy ${accuracy.toFixed(3)} on ${validation.length} pictures that were held back`)
  const headFile = join(workingDir, 'head.json')
  await writeFile(headFile, JSON.stringify(head))
  return { headFile, labels: head.labels, metrics: { accuracy } }
}
