import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { after, before, beforeEach, describe, it } from 'node:test'
import { decodeMask, type ModelLog, type OpenModel, openModel, type Region } from '@htx/core'
import sharp from 'sharp'

const labelConfig = readFileSync(new URL('label-config.xml', import.meta.url), 'utf8')
const [shapes, leaf] = ['shapes.png', 'leaf.jpg'].map(name => readFileSync(new URL(`images/${name}`, import.meta.url)))
const size = { width: 640, height: 480 }

/** Whether a pixel belongs to the shapes of `images/shapes.png`. */
const oval = (x: number, y: number) => ((x - 180) / 110) ** 2 + ((y - 230) / 80) ** 2 <= 1
const square = (x: number, y: number) => x >= 380 && x < 560 && y >= 90 && y < 230

describe('the interactive segmentation example', { timeout: 300_000 }, () => {
  let files: Server
  let address: string
  let model: OpenModel
  /** How often the encoder ran since the test began. */
  let encoded = 0
  before(async () => {
    const images: Record<string, Buffer | undefined> = { 'shapes.png': shapes, 'same.png': shapes, 'leaf.jpg': leaf }
    // The same pixels, other bytes: images of their own.
    for (const [level, name] of ['new.png', 'a.png', 'b.png', 'c.png'].entries())
      images[name] = await sharp(shapes).png({ compressionLevel: level }).toBuffer()
    // Serves images as Label Studio does.
    files = createServer((request, response) => {
      const image = images[request.url?.slice(1).split('?')[0] ?? '']
      response.statusCode = image === undefined ? 404 : 200
      response.end(image)
    })
    await new Promise<void>(resolve => files.listen(0, '127.0.0.1', resolve))
    address = `http://127.0.0.1:${(files.address() as AddressInfo).port}/`
    const info = (message: string) => {
      if (message === 'image embedded') encoded += 1
    }
    const log: ModelLog = { debug() {}, info, warn() {}, error() {} }
    model = await openModel({
      model: new URL('model.ts', import.meta.url),
      options: { embeddings: 2 },
      taskData: { allowAddresses: ['127.0.0.1'] },
      log,
    })
  })
  beforeEach(() => {
    encoded = 0
  })
  after(async () => {
    await model.close()
    await new Promise(resolve => files.close(resolve))
  })

  async function segment(image: string, result: readonly Region[]): Promise<Region[]> {
    const [outcome] = await model.predict([{ id: 1, data: { image: address + image } }], {
      labelConfig,
      interactive: { result },
    })
    assert.equal(outcome?.rejection, undefined)
    assert.equal(outcome?.predictions.length, 1)
    return outcome.predictions[0]?.result as Region[]
  }

  it('turns a click into a mask of the thing, and the second click needs no encoder', async () => {
    const startedAt = performance.now()
    const [first] = await segment('shapes.png', [click(180, 230)])
    const firstMs = performance.now() - startedAt
    const overlap = overlapOf(first, oval)
    assert.ok(overlap > 0.8, String(overlap))
    assert.deepEqual(first?.value.brushlabels, ['Object'])
    const [second] = await segment('shapes.png', [click(470, 160, { label: 'Other' })])
    const secondMs = performance.now() - startedAt - firstMs
    assert.ok(overlapOf(second, square) > 0.8, String(overlapOf(second, square)))
    assert.deepEqual(second?.value.brushlabels, ['Other'])
    assert.equal(encoded, 1)
    const megabytes = (process.memoryUsage.rss() / 1e6).toFixed(0)
    console.log(
      `overlap ${overlap.toFixed(3)}; first click ${firstMs.toFixed(0)} ms, second ${secondMs.toFixed(0)} ms, ${megabytes} MB`,
    )
  })

  it('turns a box into a mask, and two boxes into two', async () => {
    const found = await segment('shapes.png', [box(60, 140, 240, 180), box(370, 80, 200, 160)])
    assert.equal(found.length, 2)
    assert.ok(overlapOf(found[0], oval) > 0.9 && overlapOf(found[1], square) > 0.9)
    assert.ok(found.every(({ score }) => (score ?? 0) > 0.5 && (score ?? 0) <= 1))
  })

  it('goes by all clicks: those on the thing and those beside it', async () => {
    const both = [click(180, 230), click(470, 160)]
    const [joined] = await segment('shapes.png', both)
    assert.ok(overlapOf(joined, (x, y) => oval(x, y) || square(x, y)) > 0.8)
    const [first] = await segment('shapes.png', [click(180, 230), click(470, 160, { positive: false })])
    assert.ok(overlapOf(first, oval) > 0.8)
    assert.deepEqual(await segment('shapes.png', [click(470, 160, { positive: false })]), [])
  })

  it('takes a click that the editor sends as tool and label for one', async () => {
    const tool = { ...click(180, 230), type: 'keypoint', value: { x: 28.1, y: 47.9, width: 0.3 } }
    const named = { ...tool, from_name: 'labels', type: 'labels', value: { ...tool.value, labels: ['Other'] } }
    const [region] = await segment('shapes.png', [tool, named])
    assert.deepEqual(region?.value.brushlabels, ['Other'])
    assert.ok(overlapOf(region, oval) > 0.8)
  })

  it('sees an image as the person does, upright', async () => {
    const turned = { original_width: 480, original_height: 640 }
    const [region] = await segment('leaf.jpg', [{ ...click(0, 0), ...turned, value: { x: 50, y: 50 } }])
    assert.deepEqual([region?.original_width, region?.original_height], [480, 640])
    const mask = decodeMask(region?.value.rle as number[], 480, 640)
    const at = (x: number, y: number) => mask[y * 480 + x]
    assert.deepEqual([at(240, 110), at(240, 540), at(40, 320), at(440, 600)], [255, 255, 0, 0])
  })

  it('embeds an image once for two clicks at the same time', async () => {
    const [one, other] = await Promise.all([
      segment('new.png', [click(180, 230)]),
      segment('new.png', [click(470, 160)]),
    ])
    assert.ok(overlapOf(one[0], oval) > 0.8 && overlapOf(other[0], square) > 0.8)
    assert.equal(encoded, 1)
  })

  it('knows an image again by what it holds, whatever its address', async () => {
    await segment('shapes.png', [click(180, 230)])
    encoded = 0
    for (const image of ['same.png', 'shapes.png?signature=1']) await segment(image, [click(180, 230)])
    assert.equal(encoded, 0)
  })

  it('keeps the embeddings of the images that were asked about last', async () => {
    const ran: number[] = []
    for (const image of ['b.png', 'c.png', 'b.png', 'a.png', 'b.png', 'c.png']) {
      encoded = 0
      await segment(image, [click(180, 230)])
      ran.push(encoded)
    }
    assert.deepEqual(ran, [1, 1, 0, 1, 0, 1])
  })

  it('has nothing to say without a prompt: of a batch, and when the last one was deleted', async () => {
    const tasks = ['shapes.png', 'missing.png'].map((image, id) => ({ id, data: { image: address + image } }))
    const outcomes = await model.predict(tasks, { labelConfig })
    assert.deepEqual(outcomes, [
      { predictions: [], rejection: undefined },
      { predictions: [], rejection: undefined },
    ])
    assert.deepEqual(await segment('shapes.png', []), [])
    assert.equal(encoded, 0)
  })
})

/** A click of the smart key point tool, at a pixel of `shapes.png`. */
function click(x: number, y: number, { positive = true, label = 'Object' } = {}): Region {
  const value = { x: (x / size.width) * 100, y: (y / size.height) * 100, width: 0.3, keypointlabels: [label] }
  return prompt('keypointlabels', 'click', value, { is_positive: positive })
}

function box(x: number, y: number, width: number, height: number): Region {
  const value = {
    x: (x / size.width) * 100,
    y: (y / size.height) * 100,
    width: (width / size.width) * 100,
    height: (height / size.height) * 100,
    rotation: 0,
    rectanglelabels: ['Object'],
  }
  return prompt('rectanglelabels', 'frame', value)
}

let prompts = 0

function prompt(type: string, from_name: string, value: Region['value'], more: Partial<Region> = {}): Region {
  prompts += 1
  const id = `prompt-${prompts}`
  const place = { original_width: size.width, original_height: size.height, image_rotation: 0 }
  return { id, from_name, to_name: 'image', type, origin: 'manual', ...place, value, ...more }
}

/** Intersection over union of a mask and the shape that was drawn. */
function overlapOf(region: Region | undefined, shape: (x: number, y: number) => boolean): number {
  const mask = decodeMask((region?.value.rle ?? []) as number[], size.width, size.height)
  let [shared, either] = [0, 0]
  for (const [at, value] of mask.entries()) {
    const drawn = shape(at % size.width, Math.floor(at / size.width))
    if (drawn && value > 0) shared += 1
    if (drawn || value > 0) either += 1
  }
  return shared / either
}
