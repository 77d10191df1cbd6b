import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { spanOf } from '../../src/regions/text-offsets.ts'
import { hyperTextLabels, paragraphLabels, timeSeriesLabels } from '../../src/regions/text-spans.ts'
import { bindingOf } from './project.ts'

describe('hyperTextLabels', () => {
  const xpath = '/p[1]/text()[1]'

  it('mark a span between XPaths', () => {
    const span = {
      ...{ start: xpath, startOffset: 0, end: xpath, endOffset: 5 },
      globalOffsets: { start: 0, end: 5 },
      text: 'Alice',
    }
    assert.deepEqual(hyperTextLabels(bindingOf('ht'), ['PER'], span, { id: 'h1' }), {
      id: 'h1',
      from_name: 'ht',
      to_name: 'html',
      type: 'hypertextlabels',
      value: { ...span, hypertextlabels: ['PER'] },
    })
  })

  it('mark a span of the text as shown, in start and end as well: the editor shows nothing without them', () => {
    const { value } = hyperTextLabels(bindingOf('ht'), ['PER'], { globalOffsets: spanOf('😀 Ada', 3, 6) })
    assert.deepEqual(value, {
      ...{ start: 2, end: 5, text: 'Ada' },
      globalOffsets: { start: 2, end: 5 },
      hypertextlabels: ['PER'],
    })
  })

  it('reject an empty span and offsets that are none', () => {
    const empty = { globalOffsets: { start: 5, end: 5 } }
    assert.throws(() => hyperTextLabels(bindingOf('ht'), ['PER'], empty), { message: /after the start, 5/ })
    const negative = { start: xpath, startOffset: -1, end: xpath, endOffset: 5 }
    assert.throws(() => hyperTextLabels(bindingOf('ht'), ['PER'], negative), { message: /startOffset/ })
  })
})

describe('paragraphLabels', () => {
  it('name utterances by texts, and count UTF-16 units in them', () => {
    const text = '😀 Hello'
    const startOffset = text.indexOf('Hello')
    const span = { start: 0, startOffset, endOffset: text.length, text: 'Hello' }
    assert.deepEqual(paragraphLabels(bindingOf('par'), ['Greeting'], span, { id: 'p1' }), {
      id: 'p1',
      from_name: 'par',
      to_name: 'dlg',
      type: 'paragraphlabels',
      value: { start: '0', end: '0', startOffset: 3, endOffset: 8, text: 'Hello', paragraphlabels: ['Greeting'] },
    })
  })

  it('mark the whole of one utterance to the next', () => {
    const { value } = paragraphLabels(bindingOf('par'), ['Greeting'], {
      start: 1,
      end: 2,
      startOffset: 0,
      endOffset: 4,
    })
    assert.deepEqual(value, { start: '1', end: '2', startOffset: 0, endOffset: 4, paragraphlabels: ['Greeting'] })
  })

  it('reject an utterance before the first', () => {
    const span = { start: -1, startOffset: 0, endOffset: 4 }
    assert.throws(() => paragraphLabels(bindingOf('par'), ['Greeting'], span), {
      code: 'HTX_REGION_INVALID',
      message: /value\.start/,
    })
  })
})

describe('timeSeriesLabels', () => {
  it('mark a stretch in the units of the time column', () => {
    const span = { start: 1_592_250_751_951, end: 1_592_250_855_000 }
    assert.deepEqual(timeSeriesLabels(bindingOf('tsl'), ['Run'], span, { id: 's1' }), {
      id: 's1',
      from_name: 'tsl',
      to_name: 'ts',
      type: 'timeserieslabels',
      value: { ...span, instant: false, timeserieslabels: ['Run'] },
    })
  })

  it('mark an instant', () => {
    const { value } = timeSeriesLabels(bindingOf('tsl'), ['Run'], { start: '2026-03-01' })
    assert.deepEqual(value, { start: '2026-03-01', end: '2026-03-01', instant: true, timeserieslabels: ['Run'] })
  })

  it('reject a stretch that runs backwards', () => {
    assert.throws(() => timeSeriesLabels(bindingOf('tsl'), ['Run'], { start: 2, end: 1 }), { message: /value\.end/ })
  })
})
