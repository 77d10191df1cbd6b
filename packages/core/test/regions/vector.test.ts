import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { vector, vectorLabels } from '../../src/regions/vector.ts'
import { bindingOf, image, imageFields } from './project.ts'

const vertices = [
  { id: 'p1', x: 25, y: 30, prevPointId: null, isBezier: false },
  { id: 'p2', x: 75, y: 70, prevPointId: 'p1', isBezier: false },
]

describe('vector and vectorLabels', () => {
  it('link each vertex to the one before', () => {
    assert.deepEqual(
      vectorLabels(
        bindingOf('vl'),
        ['Road'],
        [
          [320, 216],
          [960, 504],
        ],
        { image, id: 'r8' },
      ),
      {
        id: 'r8',
        ...imageFields,
        from_name: 'vl',
        to_name: 'img',
        type: 'vectorlabels',
        value: { vertices, closed: false, vectorlabels: ['Road'] },
      },
    )
  })

  it('close when told so', () => {
    const region = vector(
      bindingOf('vec'),
      [
        [25, 30],
        [75, 70],
      ],
      { image, unit: 'percent', closed: true },
    )
    assert.equal(region.type, 'vector')
    assert.deepEqual(region.value, { vertices, closed: true })
  })

  it('reject a vector without vertices', () => {
    assert.throws(() => vector(bindingOf('vec'), [], { image }), { code: 'HTX_REGION_INVALID', message: /vertices/ })
  })
})
