import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { polygon, polygonLabels } from '../../src/regions/polygon.ts'
import { bindingOf, image, imageFields } from './project.ts'

const percents: [number, number][] = [
  [10, 10],
  [20, 10],
  [15, 20],
]

describe('polygon and polygonLabels', () => {
  it('turn points in pixels into percents', () => {
    const pixels: [number, number][] = [
      [128, 72],
      [256, 72],
      [192, 144],
    ]
    assert.deepEqual(polygonLabels(bindingOf('pl'), ['Cat'], pixels, { image, id: 'r4' }), {
      id: 'r4',
      ...imageFields,
      from_name: 'pl',
      to_name: 'img',
      type: 'polygonlabels',
      value: { points: percents, closed: true, polygonlabels: ['Cat'] },
    })
    assert.deepEqual(polygon(bindingOf('pol'), percents, { image, unit: 'percent' }).value, {
      points: percents,
      closed: true,
    })
  })

  it('reject a line and a point outside the image', () => {
    assert.throws(
      () =>
        polygon(
          bindingOf('pol'),
          [
            [0, 0],
            [10, 10],
          ],
          { image },
        ),
      { message: /at least three points/ },
    )
    assert.throws(
      () =>
        polygon(
          bindingOf('pol'),
          [
            [0, 0],
            [10, 10],
            [10, 800],
          ],
          { image },
        ),
      { message: /0 to 720, got 800/ },
    )
  })
})
