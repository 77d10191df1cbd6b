import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import {
  BaseModel,
  choices,
  type DataItem,
  type LoadContext,
  type ModelTask,
  type PredictContext,
  type Prediction,
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

  override async load({ weightsFile }: Partial<Resources>, { log }: LoadContext): Promise<void> {
    if (weightsFile === undefined) return
    this.#classifier = JSON.parse(await readFile(weightsFile, 'utf8'))
    log.info('weights loaded', { labels: this.#classifier?.labels })
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

/** Learns from what people chose. */
export const train: TrainFn<Resources, [text: string]> = async (items, workingDir, context) => {
  const examples: { text: string; label: string }[] = []
  for await (const item of items) {
    const label = chosen(item)
    if (label !== undefined) examples.push({ text: String(item.input[0]), label })
  }
  const classifier = trainClassifier(examples, fraction => context.progress(fraction, 'learning'))
  const weightsFile = join(workingDir, 'weights.json')
  await writeFile(weightsFile, JSON.stringify(classifier))
  return { weightsFile }
}

function chosen({ output: [region] }: DataItem): string | undefined {
  const [choice] = (region?.value.choices ?? []) as string[]
  return choice
}
