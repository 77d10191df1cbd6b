import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { describe, it } from 'node:test'
import { decodeMask, type InteractiveContext, openModel, type Region } from '@htx/core'
import sharp from 'sharp'
import Model from './model.ts'

const labelConfig = await readFile(new URL('label-config.xml', import.meta.url), 'utf8')
const box = { left: 10, top: 5, width: 20, height: 10 }

describe('the model', () => {
  it('marks what was clicked on, and nothing else', async () => {
    const [region] = await predict({ result: [click(15, 8)] })
    assert.deepEqual(region?.value.brushlabels, ['Thing'])
    const mask = decodeMask(region.value.rle as number[], 64, 48)
    assert.equal(mask.filter(value => value > 0).length, box.width * box.height)
  })

  it('says nothing before the first click', async () => {
    assert.deepEqual(await predict(undefined), [])
  })
})

async function predict(interactive: InteractiveContext | undefined): Promise<Region[]> {
  const thing = await plain(box.width, box.height, 'crimson').png().toBuffer()
  const picture = await plain(64, 48, 'white')
    .composite([{ input: thing, ...box }])
    .png()
    .toBuffer()
  await using model = await openModel({ model: Model })
  const image = `data:image/png;base64,${picture.toString('base64')}`
  const [outcome] = await model.predict([{ data: { image } }], { labelConfig, interactive })
  return (outcome?.predictions[0]?.result ?? []) as Region[]
}

/** As the editor sends it: in percents of the picture. */
function click(x: number, y: number): Region {
  const value = { x: (100 * x) / 64, y: (100 * y) / 48, width: 1, keypointlabels: ['Thing'] }
  const size = { original_width: 64, original_height: 48 }
  return { id: 'click', from_name: 'click', to_name: 'image', type: 'keypointlabels', ...size, value }
}

function plain(width: number, height: number, background: string) {
  return sharp({ create: { width, height, channels: 3, background } })
}
