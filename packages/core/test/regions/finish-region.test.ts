import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { choices } from '../../src/regions/choices.ts'
import { regionId } from '../../src/regions/finish-region.ts'
import { labels } from '../../src/regions/labels.ts'
import { rectangle, rectangleLabels } from '../../src/regions/rectangle.ts'
import { bindingOf, box, image } from './project.ts'

describe('every region', () => {
  it('has an id of its own, as the editor makes them', () => {
    const ids = Array.from({ length: 1000 }, regionId)
    for (const id of ids) assert.match(id, /^[A-Za-z0-9_-]{10}$/)
    assert.equal(new Set(ids).size, 1000)
    assert.match(choices(bindingOf('cls'), ['Positive']).id ?? '', /^[A-Za-z0-9_-]{10}$/)
  })

  it('carries what its options say, by the names of the wire', () => {
    const options = {
      id: 'a',
      score: 0.9,
      readonly: true,
      hidden: false,
      meta: { text: ['why'] },
      itemIndex: 2,
      parentId: 'b',
    }
    const { id, score, readonly, hidden, meta, item_index, parentID } = rectangle(bindingOf('rect'), box, {
      image,
      ...options,
    })
    assert.deepEqual(
      { id, score, readonly, hidden, meta, item_index, parentID },
      { id: 'a', score: 0.9, readonly: true, hidden: false, meta: { text: ['why'] }, item_index: 2, parentID: 'b' },
    )
  })

  it('has no fields that nobody asked for', () => {
    const region = choices(bindingOf('cls'), ['Positive'])
    assert.deepEqual(Object.keys(region).sort(), ['from_name', 'id', 'to_name', 'type', 'value'])
  })

  it('rejects the binding of another tag', () => {
    assert.throws(() => rectangle(bindingOf('rl'), box, { image }), {
      code: 'HTX_REGION_INVALID',
      message: /for <Rectangle>, the binding has <RectangleLabels name="rl">/,
    })
  })
})

describe('an entry about a region', () => {
  it('lies on the same image of several, and has a score of its own', () => {
    const drawn = rectangle(bindingOf('rect'), box, { image, itemIndex: 1, score: 0.4 })
    const named = labels(bindingOf('lbl'), ['Cat'], { of: drawn, score: 0.8 })
    assert.equal(named.item_index, 1)
    assert.equal(named.score, 0.8)
    assert.equal('score' in labels(bindingOf('lbl'), ['Cat'], { of: drawn }), false)
  })

  it('does not take over what others said about it', () => {
    const drawn = rectangleLabels(bindingOf('rl'), ['Cat'], box, { image })
    const { value } = choices(bindingOf('quality'), ['Sharp'], { of: drawn })
    assert.equal('rectanglelabels' in value, false)
  })

  it('is rejected when its control belongs to another object', () => {
    const drawn = rectangle(bindingOf('rect'), box, { image })
    assert.throws(() => choices(bindingOf('cls'), ['Positive'], { of: drawn }), {
      code: 'HTX_REGION_INVALID',
      message: /speaks about text, the region in "of" about img/,
    })
  })
})
