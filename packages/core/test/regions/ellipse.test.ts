import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { ellipse, ellipseLabels } from '../../src/regions/ellipse.ts'
import { bindingOf, image, imageFields } from './project.ts'

const shape = { x: 640, y: 360, radiusX: 128, radiusY: 36 }
const percents = { x: 50, y: 50, radiusX: 10, radiusY: 5, rotation: 0 }

describe('ellipse and ellipseLabels', () => {
  it('measure centre and radii along their axes', () => {
    assert.deepEqual(ellipseLabels(bindingOf('el'), ['Cat'], shape, { image, id: 'r3' }), {
      id: 'r3',
      ...imageFields,
      from_name: 'el',
      to_name: 'img',
      type: 'ellipselabels',
      value: { ...percents, ellipselabels: ['Cat'] },
    })
    assert.deepEqual(ellipse(bindingOf('ell'), { ...shape, rotation: 20 }, { image }).value, {
      ...percents,
      rotation: 20,
    })
    assert.deepEqual(ellipse(bindingOf('ell'), percents, { image, unit: 'percent' }).value, percents)
  })

  it('reject a centre outside the image and a radius of nothing', () => {
    assert.throws(() => ellipse(bindingOf('ell'), { ...shape, x: 1300 }, { image }), { message: /0 to 1280, got 1300/ })
    assert.throws(() => ellipse(bindingOf('ell'), { ...shape, radiusY: 0 }, { image }), { message: /value\.radiusY/ })
  })
})
