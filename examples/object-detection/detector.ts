import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import type { Box } from '@htx/core'
import { setThreadsCount, setWasmPaths } from '@tensorflow/tfjs-backend-wasm'
import { type GraphModel, loadGraphModel } from '@tensorflow/tfjs-converter'
import { image as imageOperations, ready, setBackend, type Tensor, tensor, tensor2d, tidy } from '@tensorflow/tfjs-core'
import { classes } from './classes.ts'
import { type Pixels, resizeImage } from './image.ts'

/*
 * CenterNet over MobileNetV3, which ships inside @vladmandic/human. Input [1,512,512,3], RGB from 0 to 255, the picture stretched to a
 * square; output [1,100,6]: left, top, right, bottom in pixels of the square, score, class. Source: src/object/centernet.ts there.
 */
const side = 512
const outputNode = 'tower_0/detections'
const numbersOf = 6
/** Boxes that overlap more (intersection over union) are one thing; the surer one stays. */
const mostOverlap = 0.4
const require = createRequire(import.meta.url)

export interface Detection {
  /** One of `classes`. */
  readonly name: string
  /** 0–1. */
  readonly score: number
  /** Pixels of the image. */
  readonly box: Box
}

export interface Detector {
  /** Finds things of the wanted classes, surest first. @param threshold least score, 0–1 */
  detect(image: Pixels, wanted: ReadonlySet<string>, threshold: number): Promise<Detection[]>
  close(): void
}

export async function openDetector(): Promise<Detector> {
  setWasmPaths(`${dirname(require.resolve('@tensorflow/tfjs-backend-wasm'))}/`)
  // Every worker of the server is a thread of its own already.
  setThreadsCount(1)
  await setBackend('wasm')
  await ready()
  const network = await loadNetwork()
  return {
    async detect(image, wanted, threshold) {
      const { data } = await resizeImage(image, side, side)
      const output = tidy(() =>
        network.execute(tensor(Float32Array.from(data), [1, side, side, 3]), outputNode),
      ) as Tensor
      const rows = (await output.data()) as Float32Array
      output.dispose()
      return withoutDoubles(readRows(rows, image).filter(({ name, score }) => score >= threshold && wanted.has(name)))
    },
    close: () => network.dispose(),
  }
}

/** Reads the network from the package: no server is asked. */
async function loadNetwork(): Promise<GraphModel> {
  // The package names no files of its own but its code, which lies in dist.
  const folder = join(dirname(require.resolve('@vladmandic/human')), '..', 'models')
  const description = JSON.parse(await readFile(join(folder, 'centernet.json'), 'utf8'))
  const [{ paths, weights }] = description.weightsManifest
  const bytes = await Promise.all(paths.map((path: string) => readFile(join(folder, path))))
  const weightData = new Uint8Array(Buffer.concat(bytes)).buffer
  return loadGraphModel({
    load: async () => ({ modelTopology: description.modelTopology, weightSpecs: weights, weightData }),
  })
}

function readRows(rows: Float32Array, { width, height }: Pixels): Detection[] {
  const detections: Detection[] = []
  for (let at = 0; at + numbersOf <= rows.length; at += numbersOf) {
    const [left, top, right, bottom, score, number] = rows.slice(at, at + numbersOf) as unknown as Row
    const name = classes[number]
    const x = inside(left) * width
    const y = inside(top) * height
    const box = { x, y, width: inside(right) * width - x, height: inside(bottom) * height - y }
    if (name !== undefined && box.width >= 1 && box.height >= 1) detections.push({ name, score, box })
  }
  return detections
}

type Row = readonly [left: number, top: number, right: number, bottom: number, score: number, number: number]

/** A coordinate of the square as a share of its side. What reaches past the edge ends there. */
function inside(coordinate: number): number {
  return Math.min(1, Math.max(0, coordinate / side))
}

async function withoutDoubles(detections: readonly Detection[]): Promise<Detection[]> {
  if (detections.length === 0) return []
  const boxes = tensor2d(detections.map(({ box: { x, y, width, height } }) => [y, x, y + height, x + width]))
  const scores = detections.map(({ score }) => score)
  const kept = await imageOperations.nonMaxSuppressionAsync(boxes, scores, detections.length, mostOverlap)
  const places = await kept.data()
  boxes.dispose()
  kept.dispose()
  return [...places].map(place => detections[place] as Detection)
}
