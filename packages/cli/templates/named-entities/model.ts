import {
  BaseModel,
  labelMap,
  labels,
  labelsOfItem,
  type ModelTask,
  type PredictContext,
  type Prediction,
  spanOf,
  type TrainFn,
  utf16Offset,
} from '@htx/core'
import { findEntities, type Phrase, patterns } from './find-entities.ts'

/** What `train` returns and `load` gets. */
interface Resources {
  phrases: Phrase[]
}

/** Marks names in a text. */
export default class NamedEntities extends BaseModel<Resources, [text: string]> {
  static override readonly inputTypes = ['Text']
  static override readonly outputTypes = ['Labels']

  #phrases: readonly Phrase[] = []

  override load({ phrases = [] }: Partial<Resources>): void {
    this.#phrases = phrases
  }

  override predict(tasks: readonly ModelTask<[text: string]>[], { binding }: PredictContext): Prediction[] {
    const labelOf = labelMap(binding, [...Object.keys(patterns), ...this.#phrases.map(({ label }) => label)])
    return tasks.map(({ input: [text] }) => ({
      result: findEntities(text, this.#phrases).flatMap(({ start, end, name }) => {
        const label = labelOf.get(name)
        return label === undefined ? [] : [labels(binding, [label], spanOf(text, start, end))]
      }),
    }))
  }
}

/** Remembers every phrase that was marked. */
export const train: TrainFn<Resources, [text: string]> = async items => {
  const labelOf = new Map<string, string>()
  for await (const { input, output } of items) {
    const [text] = input
    for (const region of output) {
      const { start, end } = region.value as { start: number; end: number }
      const phrase = text.slice(utf16Offset(text, start), utf16Offset(text, end))
      for (const label of labelsOfItem({ output: [region] })) labelOf.set(phrase, label)
    }
  }
  return { phrases: [...labelOf].map(([text, label]) => ({ text, label })) }
}
