import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { setThreadsCount, setWasmPaths } from '@tensorflow/tfjs-backend-wasm'
import { type GraphModel, loadGraphModel } from '@tensorflow/tfjs-converter'
import { mean, ready, setBackend, type Tensor, type Tensor4D, tensor, tidy } from '@tensorflow/tfjs-core'
import sharp from 'sharp'

/*
 * CenterNet over MobileNetV3, which ships inside @vladmandic/human. Input [1,512,512,3], RGB from 0 to 255. Its last feature map before
 * detection, averaged over the picture, says what is to be seen: 120 numbers.
 */
const side = 512
const featureNode = 'tower_0/MobilenetV3/expanded_conv_14/project/BatchNorm/FusedBatchNorm'
const require = createRequire(import.meta.url)

/** Turns pictures into numbers that a small classifier can learn from. */
export interface Embedder {
  /** @param file path of a JPEG, PNG or WebP @returns 120 numbers */
  embed(file: string): Promise<Float32Array>
}

let opened: Promise<Embedder> | undefined

/** The network, loaded once a thread. */
export function openEmbedder(): Promise<Embedder> {
  opened ??= load()
  return opened
}

async function load(): Promise<Embedder> {
  setWasmPaths(`${dirname(require.resolve('@tensorflow/tfjs-backend-wasm'))}/`)
  // Every worker of the server is a thread of its own already.
  setThreadsCount(1)
  await setBackend('wasm')
  await ready()
  const network = await loadNetwork()
  return {
    async embed(file) {
      const { data, info } = await sharp(file)
        .resize(side, side, { fit: 'fill' })
        .flatten({ background: 'white' })
        .toColourspace('srgb')
        .removeAlpha()
        .raw()
        .toBuffer({ resolveWithObject: true })
      if (info.channels !== 3) throw new Error(`${file} has ${info.channels} channels; expected 3`)
      const features = tidy(() => {
        const picture = tensor(Float32Array.from(data), [1, side, side, 3]) as Tensor4D
        const map = network.execute(picture, featureNode) as Tensor
        return mean(map, [1, 2])
      })
      const numbers = (await features.data()) as Float32Array
      features.dispose()
      return numbers
    },
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
