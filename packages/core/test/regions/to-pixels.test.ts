import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { bitmask } from '../../src/regions/bitmask.ts'
import { brush } from '../../src/regions/brush.ts'
import { ellipse } from '../../src/regions/ellipse.ts'
import { keyPoint } from '../../src/regions/key-point.ts'
import { labels } from '../../src/regions/labels.ts'
import { polygon } from '../../src/regions/polygon.ts'
import { rectangle } from '../../src/regions/rectangle.ts'
import { toPixels } from '../../src/regions/to-pixels.ts'
import { vector } from '../../src/regions/vector.ts'
import { smallImage, smallPng } from './masks.ts'
import { bindingOf, box, image, imageFields } from './project.ts'

describe('toPixels', () => {
  it('reads the box of a rectangle, and of the label that speaks about it', () => {
    const drawn = rectangle(bindingOf('rect'), { ...box, rotation: 30 }, { image })
    const wanted = { kind: 'box', ...box, rotation: 30 }
    assert.deepEqual(toPixels(drawn), wanted)
    assert.deepEqual(toPixels(labels(bindingOf('lbl'), ['Cat'], { of: drawn })), wanted)
  })

  it('reads an ellipse', () => {
    const shape = { x: 640, y: 360, radiusX: 128, radiusY: 36, rotation: 10 }
    assert.deepEqual(toPixels(ellipse(bindingOf('ell'), shape, { image })), { kind: 'ellipse', ...shape })
  })

  it('reads a polygon', () => {
    const points: [number, number][] = [
      [128, 72],
      [256, 72],
      [192, 144],
    ]
    assert.deepEqual(toPixels(polygon(bindingOf('pol'), points, { image })), { kind: 'polygon', points })
  })

  it('reads a point', () => {
    const region = keyPoint(bindingOf('point'), { x: 320, y: 180 }, { image })
    assert.deepEqual(toPixels(region), { kind: 'point', x: 320, y: 180 })
  })

  it('reads a vector with its bends', () => {
    const region = vector(
      bindingOf('vec'),
      [
        [320, 216],
        [960, 504],
      ],
      { image, closed: true },
    )
    assert.deepEqual(toPixels(region), {
      kind: 'vector',
      closed: true,
      vertices: [
        { id: 'p1', prevPointId: null, x: 320, y: 216 },
        { id: 'p2', prevPointId: 'p1', x: 960, y: 504 },
      ],
    })
    const bend = {
      id: 'a',
      x: 50,
      y: 50,
      isBezier: true,
      controlPoint1: { x: 25, y: 50 },
      controlPoint2: { x: 75, y: 50 },
    }
    assert.deepEqual(toPixels({ ...region, value: { vertices: [bend], closed: false } }), {
      kind: 'vector',
      closed: false,
      vertices: [
        {
          ...{ id: 'a', prevPointId: null, x: 640, y: 360 },
          controlPoint1: { x: 320, y: 360 },
          controlPoint2: { x: 960, y: 360 },
        },
      ],
    })
  })

  it('reads a mask', () => {
    const shape = toPixels(brush(bindingOf('brush'), [0, 1, 1, 0, 0, 1, 0, 0], { image: smallImage }))
    const mask = Uint8Array.of(0, 255, 255, 0, 0, 255, 0, 0)
    assert.deepEqual(shape, { kind: 'mask', mask, width: 4, height: 2 })
  })

  it('reads the PNG of a bitmask', () => {
    const shape = toPixels(bitmask(bindingOf('mask'), smallPng, { image: smallImage }))
    assert.equal(shape.kind, 'bitmask')
    assert.deepEqual([...(shape as { png: Uint8Array }).png], [...smallPng])
  })

  it('rejects what is no region of an image', () => {
    const region = { from_name: 'cls', to_name: 'text', type: 'choices', value: { choices: ['Positive'] } }
    assert.throws(() => toPixels(region), { code: 'HTX_REGION_INVALID', message: /original_width/ })
    assert.throws(() => toPixels({ ...region, ...imageFields }), { code: 'HTX_REGION_INVALID', message: /value\.x/ })
    assert.throws(() => toPixels({ ...region, ...imageFields, value: { imageDataURL: 'blob:1' } }), { message: /png/ })
    assert.throws(() => toPixels({ ...region, ...imageFields, value: { vertices: 3 } }), { message: /vertices/ })
    assert.throws(() => toPixels({ ...region, ...imageFields, value: { vertices: [null] } }), {
      code: 'HTX_REGION_INVALID',
    })
  })
})
