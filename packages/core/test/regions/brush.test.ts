import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { brush, brushLabels } from '../../src/regions/brush.ts'
import { bindingOf } from './project.ts'

const image = { width: 4, height: 2 }
const mask = [false, true, true, false, false, true, false, false]
const rle = [0, 0, 0, 32, 57, 27, 252, 96, 19, 255, 206, 1, 31, 252, 224, 0]

describe('brush and brushLabels', () => {
  it('pack a mask as the editor does', () => {
    assert.deepEqual(brushLabels(bindingOf('br'), ['Cat'], mask, { image, id: 'r6' }), {
      id: 'r6',
      original_width: 4,
      original_height: 2,
      image_rotation: 0,
      from_name: 'br',
      to_name: 'img',
      type: 'brushlabels',
      value: { format: 'rle', rle, brushlabels: ['Cat'] },
    })
    const plain = brush(bindingOf('brush'), mask, { image })
    assert.equal(plain.type, 'brush')
    assert.deepEqual(plain.value, { format: 'rle', rle })
  })

  it('reject a mask of another size than the image', () => {
    assert.throws(() => brush(bindingOf('brush'), mask, { image: { width: 4, height: 3 } }), {
      code: 'HTX_REGION_INVALID',
      message: /4 x 3 pixels has 12 values; this one has 8/,
    })
  })

  it('reject an empty mask: it would show nothing', () => {
    assert.throws(() => brush(bindingOf('brush'), new Uint8Array(8), { image }), { message: /empty/ })
  })
})
