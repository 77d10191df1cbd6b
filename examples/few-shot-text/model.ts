import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import {
  BaseModel,
  type Binding,
  choices,
  type Label,
  type LoadContext,
  labelsOfItem,
  type ModelTask,
  type PredictContext,
  type Prediction,
  type TrainFn,
} from '@htx/core'
import { type Embed, openEmbed } from './embed.ts'
import { accuracyOf, classify, crossValidate, type Example, type Head, trainHead } from './head.ts'

interface Resources {
  /** A `Head` as JSON. */
  headFile: string
}

/** Says which choice fits a text: the one whose name is nearest in meaning; after a training, what people chose for texts like it. */
export default class FewShotText extends BaseModel<Resources, [text: string]> {
  static override readonly inputTypes = ['Text']
  static override readonly outputTypes = ['Choices']

  #embed!: Embed
  #learned = new Map<string, readonly number[]>()
  /** Of labels that nobody has chosen yet. */
  readonly #names = new Map<string, readonly number[]>()

  override async load({ headFile }: Partial<Resources>, { log }: LoadContext): Promise<void> {
    this.#embed = await openEmbed()
    if (headFile === undefined) return
    const { labels, vectors }: Head = JSON.parse(await readFile(headFile, 'utf8'))
    this.#learned = new Map(labels.map((label, place) => [label, vectors[place] ?? []]))
    log.info('head loaded', { labels })
  }

  override async predict(
    tasks: readonly ModelTask<[text: string]>[],
    { binding }: PredictContext,
  ): Promise<(Prediction | null)[]> {
    const head = await this.#headFor(binding)
    const vectors = await this.#embed(tasks.map(({ input: [text] }) => String(text)))
    return vectors.map(vector => {
      const best = classify(head, vector)
      return best === undefined ? null : { score: best.score, result: [choices(binding, [best.label])] }
    })
  }

  /** Labels may have come and gone since the training: new ones go by their names. */
  async #headFor(binding: Binding): Promise<Head> {
    const names = namesOf(binding)
    const unknown = [...names].filter(([label, name]) => !this.#learned.has(label) && !this.#names.has(name))
    const vectors = await this.#embed(unknown.map(([, name]) => name))
    for (const [place, [, name]] of unknown.entries()) this.#names.set(name, vectors[place] ?? [])
    // The labels of a config that takes them from its tasks are those that were learned.
    const labels = names.size > 0 ? [...names.keys()] : [...this.#learned.keys()]
    return {
      labels,
      vectors: labels.map(label => this.#learned.get(label) ?? this.#names.get(names.get(label) ?? '') ?? []),
    }
  }
}

/** Moves the head from the names of the choices to what people chose; ten annotations do. */
export const train: TrainFn<Resources, [text: string]> = async (items, workingDir, context) => {
  const embed = await openEmbed()
  const examples: Example[] = []
  for await (const item of items) {
    context.signal.throwIfAborted()
    const [label] = labelsOfItem(item)
    const [vector] = label === undefined ? [] : await embed([String(item.input[0])])
    if (label !== undefined && vector !== undefined) examples.push({ vector, label })
    context.progress((0.5 * examples.length) / context.itemCount, 'reading')
  }
  const names = namesOf(context.binding)
  for (const { label } of examples) if (!names.has(label)) names.set(label, label)
  const start = { labels: [...names.keys()], vectors: await embed([...names.values()]) }
  const metrics = { accuracy: crossValidate(start, examples), accuracyOfNames: accuracyOf(start, examples) }
  const head = trainHead(start, examples)
  context.progress(
    1,
    `accuracy ${metrics.accuracy.toFixed(2)} over ${examples.length} texts, ${metrics.accuracyOfNames.toFixed(2)} by the names alone`,
    metrics,
  )
  const headFile = join(workingDir, 'head.json')
  await writeFile(headFile, JSON.stringify(head))
  return { headFile, metrics }
}

/** What each label means, by what stands in results: what a person reads, with the hint that shows on hover. */
function namesOf({ control }: Binding): Map<string, string> {
  const nameOf = ({ text, attributes }: Label) => (attributes.hint ? `${text}: ${attributes.hint}` : text)
  const flat = (labels: readonly Label[]): [string, string][] =>
    labels.flatMap(label => [[label.value, nameOf(label)], ...flat(label.children)])
  return new Map(flat(control.labels))
}
