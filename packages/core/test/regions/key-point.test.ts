import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { keyPoint, keyPointLabels } from '../../src/regions/key-point.ts'
import { bindingOf, image, imageFields } from './project.ts'

describe('keyPoint and keyPointLabels', () => {
  it('place a dot of half a percent', () => {
    assert.deepEqual(keyPointLabels(bindingOf('kp'), ['Eye'], { x: 576, y: 439.2 }, { image, id: 'r5' }), {
      id: 'r5',
      ...imageFields,
      from_name: 'kp',
      to_name: 'img',
      type: 'keypointlabels',
      value: { x: 45, y: 61, width: 0.5, keypointlabels: ['Eye'] },
    })
  })

  it('place a dot of another size', () => {
    const { value } = keyPoint(bindingOf('point'), { x: 45, y: 61, sizePercent: 2 }, { image, unit: 'percent' })
    assert.deepEqual(value, { x: 45, y: 61, width: 2 })
  })

  it('reject a point outside the image and a dot without size', () => {
    assert.throws(() => keyPoint(bindingOf('point'), { x: 10, y: 722 }, { image }), { message: /0 to 720, got 722/ })
    assert.throws(() => keyPoint(bindingOf('point'), { x: 10, y: 10, sizePercent: 0 }, { image }), {
      message: /value\.width/,
    })
  })
})
