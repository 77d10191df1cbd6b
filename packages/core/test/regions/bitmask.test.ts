import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { bitmask, bitmaskLabels } from '../../src/regions/bitmask.ts'
import { png, smallImage, smallPng } from './masks.ts'
import { bindingOf, image, imageFields } from './project.ts'

const imageDataURL = `data:image/png;base64,${Buffer.from(png).toString('base64')}`

describe('bitmask and bitmaskLabels', () => {
  it('carry the PNG as a data URL', () => {
    assert.deepEqual(bitmaskLabels(bindingOf('bm'), ['Cat'], png, { image, id: 'r7' }), {
      id: 'r7',
      ...imageFields,
      from_name: 'bm',
      to_name: 'img',
      type: 'bitmasklabels',
      value: { imageDataURL, bitmasklabels: ['Cat'] },
    })
    const plain = bitmask(bindingOf('mask'), png, { image })
    assert.equal(plain.type, 'bitmask')
    assert.deepEqual(plain.value, { imageDataURL })
  })

  it('take a PNG that is a part of a larger buffer', () => {
    const larger = new Uint8Array(smallPng.length + 20)
    larger.set(smallPng, 10)
    const region = bitmask(bindingOf('mask'), larger.subarray(10, 10 + smallPng.length), { image: smallImage })
    assert.equal(region.value.imageDataURL, `data:image/png;base64,${Buffer.from(smallPng).toString('base64')}`)
  })

  it('reject a PNG of another size than the image, naming both', () => {
    assert.throws(() => bitmask(bindingOf('mask'), smallPng, { image }), {
      code: 'HTX_REGION_INVALID',
      message: /1280 x 720, got 4 x 2/,
    })
  })

  it('reject what is no PNG', () => {
    const jpeg = Uint8Array.of(0xff, 0xd8, 0xff, 0xe0)
    assert.throws(() => bitmaskLabels(bindingOf('bm'), ['Cat'], jpeg, { image }), {
      code: 'HTX_REGION_INVALID',
      message: /PNG/,
    })
  })
})
