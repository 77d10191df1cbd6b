import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { rectangle, rectangleLabels } from '../../src/regions/rectangle.ts'
import { bindingOf, box, boxPercents, image, imageFields } from './project.ts'

describe('rectangle and rectangleLabels', () => {
  it('turn a box in pixels into percents with the size of the image', () => {
    assert.deepEqual(rectangleLabels(bindingOf('rl'), ['Cat'], box, { image, id: 'r1' }), {
      id: 'r1',
      ...imageFields,
      from_name: 'rl',
      to_name: 'img',
      type: 'rectanglelabels',
      value: { ...boxPercents, rectanglelabels: ['Cat'] },
    })
    assert.deepEqual(rectangle(bindingOf('rect'), box, { image, id: 'r2' }), {
      id: 'r2',
      ...imageFields,
      from_name: 'rect',
      to_name: 'img',
      type: 'rectangle',
      value: boxPercents,
    })
  })

  it('pass percents through when told so', () => {
    const { value } = rectangle(bindingOf('rect'), boxPercents, { image, unit: 'percent' })
    assert.deepEqual(value, boxPercents)
  })

  it('take a label by its alias, and name it to those who use the text', () => {
    assert.deepEqual(rectangleLabels(bindingOf('rl'), ['dog'], box, { image }).value.rectanglelabels, ['dog'])
    assert.throws(() => rectangleLabels(bindingOf('rl'), ['Dog'], box, { image }), {
      code: 'HTX_REGION_INVALID',
      message: /<RectangleLabels name="rl">.*"Dog".*alias "dog"/,
    })
  })

  it('reject a box without area', () => {
    assert.throws(() => rectangle(bindingOf('rect'), { ...box, width: 0 }, { image }), { message: /value\.width/ })
    assert.throws(() => rectangle(bindingOf('rect'), { ...box, height: -3 }, { image }), { message: /value\.height/ })
  })
})
