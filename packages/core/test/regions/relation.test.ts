import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { labels } from '../../src/regions/labels.ts'
import { relation } from '../../src/regions/relation.ts'
import { bindingOf } from './project.ts'

const person = labels(bindingOf('ner'), ['PER'], { start: 0, end: 5 }, { id: 't1' })
const company = labels(bindingOf('ner'), ['ORG'], { start: 15, end: 19 }, { id: 't2' })

describe('relation', () => {
  it('points from one region to the other', () => {
    assert.deepEqual(relation(person, company, { labels: ['works_for'] }), {
      type: 'relation',
      from_id: 't1',
      to_id: 't2',
      direction: 'right',
      labels: ['works_for'],
    })
  })

  it('needs no label and goes any way', () => {
    const wanted = { type: 'relation', from_id: 't1', to_id: 't2', direction: 'bi' }
    assert.deepEqual(relation(person, company, { direction: 'bi' }), wanted)
  })

  it('rejects a region without an id', () => {
    const { id: _, ...nameless } = person
    assert.throws(() => relation(nameless, company), { code: 'HTX_REGION_INVALID', message: /ids/ })
  })
})
