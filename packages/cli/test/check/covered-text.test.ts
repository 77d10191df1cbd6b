import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { parseLabelConfig } from '@htx/core'
import { predictionFindings } from '../../src/check/prediction-findings.ts'

const labelConfig = parseLabelConfig(
  '<View><Text name="text" value="$text"/><Labels name="spans" toName="text"><Label value="A"/></Labels></View>',
)
const task = { place: 3, id: 9, data: { text: '😀 Ada  met\nBob' } }

function findingsOf(start: number, end: number, text?: string) {
  const value = { start, end, labels: ['A'], ...(text === undefined ? {} : { text }) }
  const result = [{ id: 's', from_name: 'spans', to_name: 'text', type: 'labels', value }]
  return predictionFindings({ result }, 1, task, labelConfig, 'import')
}

describe('the text that a span says it covers', () => {
  it('is what its offsets cover, in code points; space may be written otherwise', () => {
    for (const findings of [findingsOf(2, 5, 'Ada'), findingsOf(2, 14, 'Ada met Bob'), findingsOf(3, 6)]) {
      assert.deepEqual(findings, [])
    }
  })

  it('is warned of when it is another: of UTF-16 units', () => {
    const [finding] = findingsOf(3, 6, 'Ada')
    assert.equal(finding?.verdict, 'warning')
    assert.equal(finding?.what, 'task 3 (id 9), prediction 1, region 1 (id "s"): value.text')
    assert.match(finding?.message ?? '', /it says "Ada", but start and end cover "da "/)
  })
})
