import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { checkPrediction, parseLabelConfig } from '@htx/core'
import { plainMend } from '../../src/check/plain-mends.ts'

const labelConfig = parseLabelConfig(`<View>
  <Text name="text" value="$text"/><Labels name="spans" toName="text"><Label value="A"/></Labels>
  <Image name="image" value="$image"/><RectangleLabels name="boxes" toName="image"><Label value="B"/></RectangleLabels>
</View>`)
const span = {
  id: 's',
  from_name: 'spans',
  to_name: 'text',
  type: 'labels',
  value: { start: 0, end: 1, labels: ['A'] },
}
const box = {
  ...{ id: 'b', from_name: 'boxes', to_name: 'image', type: 'rectanglelabels', original_width: 0 },
  value: { x: 400, y: 1, width: 2, height: 2, rectanglelabels: ['B'] },
}

describe('mends for who has no builders', () => {
  for (const [name, ...result] of [
    ['a region that is none', 'spans'],
    ['an unknown control', { ...span, from_name: 'x' }],
    ['an unknown object', { ...span, to_name: 'x' }],
    ['no value', { ...span, value: 1 }],
    ['no offsets', { ...span, value: { labels: ['A'] } }],
    ['pixels, and no size', box],
    ['one id twice', box, box],
    ['a relation of nothing', { type: 'relation', from_id: 1, to_id: 2, direction: 'right' }],
  ] as const) {
    it(`are plain: ${name}`, () => {
      const problems = checkPrediction({ result }, labelConfig)
      assert.ok(problems.length > 0)
      for (const problem of problems)
        assert.doesNotMatch(plainMend(problem), /builder|binding|spanOf|\{ of:|labels or/i)
    })
  }
})
