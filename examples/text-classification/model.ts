import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import {
  BaseModel,
  choices,
  type LoadContext,
  labelsOfItem,
  type ModelTask,
  type PredictContext,
  type Prediction,
  splitItems,
  type TrainFn,
} from '@htx/core'
import { type Classifier, classify, trainClassifier } from './classifier.ts'
import { guess } from './lexicon.ts'

interface Resources {
  /** A `Classifier` as JSON. */
  weightsFile: string
}

/** Says which choice fits a text: by a small lexicon before the first training, by what it has learned after. */
export default class TextClassification extends BaseModel<Resources, [text: string]> {
  static override readonly inputTypes = ['Text']
  static override readonly outputTypes = ['Choices']

  #classifier: Classifier | undefined

  override async load({ weightsFile }: Partial<Resources>, { shared, log }: LoadContext): Promise<void> {
    if (weightsFile === undefined) return
    this.#classifier = await shared('classifier', () => readClassifier(weightsFile))
    log.info('weights loaded', { labels: this.#classifier.labels })
  }

  override predict(tasks: readonly ModelTask<[text: string]>[], { binding }: PredictContext): (Prediction | null)[] {
    return tasks.map(({ input: [text] }) => {
      const best = this.#guess(String(text), binding.labels)
      if (best === undefined) return null
      const { label, score } = best
      return { score, result: [choices(binding, [label])] }
    })
  }

  /** Labels that were added after the training are unknown to it; a project without labels has nothing to choose from. */
  #guess(text: string, labels: readonly string[]): { label: string; score: number } | undefined {
    const known = this.#classifier
    const learned = known === undefined ? undefined : classify(known, text)
    if (learned !== undefined && labels.includes(learned.label)) return learned
    return labels.length === 0 ? undefined : guess(text, labels)
  }
}

/** As typed arrays: those are in memory once, for all workers. */
async function readClassifier(file: string): Promise<Classifier> {
  const { labels, weights }: Classifier = JSON.parse(await readFile(file, 'utf8'))
  return { labels, weights: weights.map(row => Float64Array.from(row)) }
}

/** Learns from what people chose; a fifth of it is held back first, to measure the accuracy. */
export const train: TrainFn<Resources, [text: string]> = async (items, workingDir, context) => {
  const examples: Example[] = []
  for await (const item of items) {
    const [label] = labelsOfItem(item)
    if (label !== undefined) examples.push({ id: item.id, text: String(item.input[0]), label })
  }
  const metrics = await measure(examples, fraction => context.progress(fraction / 2, 'measuring'))
  const classifier = trainClassifier(examples, fraction => context.progress((1 + fraction) / 2, 'learning', metrics))
  const weightsFile = join(workingDir, 'weights.json')
  await writeFile(weightsFile, JSON.stringify(classifier))
  return { weightsFile, ...(metrics === undefined ? {} : { metrics }) }
}

interface Example {
  readonly id: number | string
  readonly text: string
  readonly label: string
}

/** Fewer texts than this say nothing about the next ones. */
const fewestToMeasure = 20

async function measure(
  examples: readonly Example[],
  progress: (fraction: number) => void,
): Promise<{ accuracy: number } | undefined> {
  if (examples.length < fewestToMeasure) return undefined
  const { training, validation } = await splitItems(examples)
  const classifier = trainClassifier(training, progress)
  const right = validation.filter(({ text, label }) => classify(classifier, text)?.label === label).length
  return { accuracy: right / validation.length }
}
