import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { describe, it } from 'node:test'
import { boxInPixels, openModel, type Region } from '@htx/core'
import sharp from 'sharp'
import Model from './model.ts'

const labelConfig = await readFile(new URL('label-config.xml', import.meta.url), 'utf8')
const options = JSON.parse(await readFile(new URL('config.json', import.meta.url), 'utf8'))

describe('the model', () => {
  it('draws a box where something is', async () => {
    const box = { left: 40, top: 20, width: 60, height: 50 }
    const thing = await plain(box.width, box.height, 'crimson').png().toBuffer()
    const picture = await plain(200, 100, 'white')
      .composite([{ input: thing, ...box }])
      .png()
      .toBuffer()
    const [region] = await detect(picture)
    assert.deepEqual(region?.value.rectanglelabels, ['Thing'])
    assert.deepEqual(boxInPixels(region), { x: 40, y: 20, width: 60, height: 50, rotation: 0 })
  })

  it('draws none where nothing is', async () => {
    assert.deepEqual(await detect(await plain(200, 100, 'white').png().toBuffer()), [])
  })
})

function plain(width: number, height: number, background: string) {
  return sharp({ create: { width, height, channels: 3, background } })
}

async function detect(picture: Buffer): Promise<Region[]> {
  await using model = await openModel({ model: Model, options })
  const image = `data:image/png;base64,${picture.toString('base64')}`
  const [outcome] = await model.predict([{ data: { image } }], { labelConfig })
  return outcome?.predictions[0]?.result as Region[]
}
