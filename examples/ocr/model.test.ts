import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { after, before, describe, it } from 'node:test'
import { fileURLToPath } from 'node:url'
import { boxInPixels, type OpenModel, openModel, type Region } from '@htx/core'

const labelConfig = readFileSync(new URL('label-config.xml', import.meta.url), 'utf8')
const singleControl =
  '<View><Image name="i" value="$image"/><RectangleLabels name="r" toName="i"><Label value="Line"/></RectangleLabels></View>'

describe('the OCR example', () => {
  let model: OpenModel
  before(async () => {
    model = await openModel({
      model: new URL('model.ts', import.meta.url),
      taskData: { root: fileURLToPath(new URL('images', import.meta.url)) },
    })
  })
  after(() => model.close())

  async function regions(image: string, config = labelConfig): Promise<Region[]> {
    const [outcome] = await model.predict([{ id: 1, data: { image } }], { labelConfig: config })
    assert.equal(outcome?.rejection, undefined)
    return (outcome?.predictions[0]?.result ?? []) as Region[]
  }
  const textsOf = (found: readonly Region[]) =>
    found.filter(({ type }) => type === 'textarea').flatMap(({ value }) => value.text)

  it('reads the lines of a PNG from top to bottom', async () => {
    const found = await regions('receipt.png')
    assert.deepEqual(textsOf(found), ['Invoice No. 2026-1124', 'Total: 1,234.56 EUR', 'Paid by card', 'Thank you!'])
  })

  it('gives box, label and text of a line one id', async () => {
    const found = await regions('receipt.png')
    assert.deepEqual(
      found.slice(0, 3).map(({ type }) => type),
      ['rectangle', 'labels', 'textarea'],
    )
    assert.equal(new Set(found.slice(0, 3).map(({ id }) => id)).size, 1)
    assert.equal(new Set(found.map(({ id }) => id)).size, 4)
  })

  it('puts the box around the line', async () => {
    const [first] = await regions('receipt.png')
    const { x, y, width, height, rotation } = boxInPixels(first as Region)
    assert.ok(
      x > 20 && x < 45 && y > 25 && y < 50 && width > 360 && width < 480 && height > 30 && height < 65,
      JSON.stringify({ x, y, width, height }),
    )
    assert.equal(rotation, 0)
  })

  it('reads a slanted line of a JPEG and says how it is turned', async () => {
    const found = await regions('sign.jpg')
    assert.deepEqual(textsOf(found), ['Platform 9 closed today'])
    const { rotation } = boxInPixels(found[0] as Region)
    assert.ok(Math.abs(rotation - 12) < 2, String(rotation))
  })

  it('fills one control when the config has labelled rectangles', async () => {
    const found = await regions('receipt.png', singleControl)
    assert.equal(found.length, 4)
    assert.ok(found.every(({ type }) => type === 'rectanglelabels'))
  })

  it('reads an image that comes inside the task', async () => {
    const bytes = readFileSync(new URL('images/receipt.png', import.meta.url)).toString('base64')
    assert.equal(textsOf(await regions(`data:image/png;base64,${bytes}`)).length, 4)
  })
})
