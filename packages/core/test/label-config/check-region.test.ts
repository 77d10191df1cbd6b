import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { checkRegion } from '../../src/label-config/check-region.ts'
import type { ControlTag } from '../../src/label-config/label-config.ts'
import type { Region } from '../../src/wire/region.ts'
import { box, labelConfig, region, task } from './every-control.ts'

function check(entry: Region, data: Record<string, unknown> | undefined = task.data) {
  const control = labelConfig.controls.get(entry.from_name) as ControlTag
  return checkRegion(entry, control, labelConfig.objects.get(entry.to_name), data)
}

const cat = { rectanglelabels: ['Cat'] }
const span = { start: '0', end: '0', startOffset: 0, endOffset: 5 }
const path = { start: '/p[1]/text()[1]', end: '/p[1]/text()[1]', startOffset: 0, endOffset: 3 }
const corners = (...points: unknown[]) => ({ points, polygonlabels: ['Cat'] })
const rle = [0, 0, 0, 16, 0, 0, 0, 0]
const mask = { format: 'rle', rle, brushlabels: ['Cat'] }
const dataUrl = 'data:image/png;base64,iVBORw0KGgo='
const frames = (...sequence: unknown[]) => ({ sequence, framesCount: 9, duration: 1 })
const frame = { ...box, frame: 1, time: 0, enabled: true }
const vertex = { id: 'p1', x: 1, y: 1, prevPointId: null, isBezier: false }

const shown: [string, Region][] = [
  ['a choice by its alias', region('one', { choices: ['good'] })],
  ['one choice that is said twice', region('one', { choices: ['good', 'good'] })],
  ['several choices where they are allowed', region('many', { choices: ['A', 'B'] })],
  ['a choice that comes from the task', region('any', { choices: ['whatever'] })],
  ['a path of nested choices', region('nested', { choices: [['A', 'B']] })],
  ['a path in the taxonomy by alias', region('tax', { taxonomy: [['a', 'B'], ['a']] })],
  ['a path to a leaf', region('leafs', { taxonomy: [['A', 'B']] })],
  ['a path that a person may have added', region('open', { taxonomy: [['Z', 'Y']] })],
  ['a rating of 0', region('stars', { rating: 0 })],
  ['a rating up to maxRating', region('stars', { rating: 7 })],
  ['a number at its limit', region('number', { number: 10 })],
  ['any number where there is no limit', region('free', { number: -1e9 })],
  ['a date', region('day', { datetime: '2026-03-01' })],
  ['texts', region('words', { text: ['one', ''] })],
  ['the better side', region('pair', { selected: 'right' })],
  ['a ranking of the items', region('rank', { ranker: { rank: ['b', 'a'] } })],
  ['items in buckets', region('rank', { ranker: { good: ['b'], bad: [] } })],
  ['a message', region('chat', { chatmessage: { role: 'assistant', content: 'Hi' } })],
  ['a span up to the end of a text with an emoji', region('ner', { start: 2, end: 5, labels: ['PER'] })],
  ['a label of a span by its alias', region('ner', { start: 0, end: 1, labels: ['canine', 'PER'] })],
  ['offsets that are written as texts', region('ner', { start: '0', end: '2', labels: ['PER'] })],
  ['XPaths with offsets in a text', region('ner', { ...path, labels: ['PER'] })],
  ['a span of a text that is elsewhere', region('far', { start: 900, end: 950, labels: ['PER'] })],
  ['a span of a text that is encoded', region('coded', { start: 0, end: 40, labels: ['PER'] })],
  ['XPaths with offsets', region('ht', { ...path, hypertextlabels: ['PER'] })],
  ['offsets in a whole page', region('ht', { start: 0, end: 3, hypertextlabels: ['PER'] })],
  ['a span of an utterance', region('par', { ...span, paragraphlabels: ['Q'] })],
  [
    'a span of two utterances',
    region('par', { ...span, end: '1', endOffset: 1, startOffset: 4, paragraphlabels: ['Q'] }),
  ],
  ['a stretch that begins before the sound', region('sound', { start: -0.01, end: 0.75, labels: ['Voice'] })],
  ['a stretch of sound', region('sound', { start: 0.5, end: 0.75, channel: 0, labels: ['Voice'] })],
  ['an instant of a time series', region('ts', { start: 5, end: 5, instant: true, timeserieslabels: ['Run'] })],
  [
    'a stretch between written times',
    region('ts', { start: '01:00', end: '02:00', instant: false, timeserieslabels: ['Run'] }),
  ],
  ['a box that ends at the edge', region('boxes', { ...box, x: 80, y: 80, ...cat })],
  ['a box that misses the edge by rounding', region('boxes', { ...box, x: 80.00001, ...cat })],
  ['a turned box that begins outside', region('boxes', { ...box, x: -2, width: 130, rotation: 30, ...cat })],
  ['a box without the size of the image', region('boxes', { ...box, ...cat }, { original_width: undefined })],
  [
    'a turned box that is longer than the image is wide',
    region('boxes', { ...box, x: 95, y: 2, width: 160, rotation: 80, ...cat }),
  ],
  ['a box without a label where that is allowed', region('blank', { ...box, rectanglelabels: [] })],
  ['an ellipse', region('ell', { x: 50, y: 50, radiusX: 10, radiusY: 50, ellipselabels: ['Cat'] })],
  [
    'a turned ellipse that is longer than the image is wide',
    region('ell', { x: 50, y: 50, radiusX: 90, radiusY: 5, rotation: 90, ellipselabels: ['Cat'] }),
  ],
  ['a polygon', region('poly', corners([0, 0], [100, 0], [50, 100]))],
  ['a point', region('point', { x: 1, y: 1, width: 0.5, keypointlabels: ['Cat'] })],
  ['a mask', region('brush', mask)],
  ['a mask as a picture', region('mask', { imageDataURL: dataUrl, bitmasklabels: ['Cat'] })],
  ['a vector', region('vec', { vertices: [vertex], closed: false, vectorlabels: ['Cat'] })],
  [
    'a vertex that bends',
    region('vec', { vertices: [{ ...vertex, isBezier: true, controlPoint1: { x: 1, y: 2 } }], vectorlabels: ['Cat'] }),
  ],
  ['vertices without ids', region('vec', { vertices: [{ x: 1, y: 1 }], vectorlabels: ['Cat'] })],
  ['a box that leaves the video', region('track', frames({ ...frame, x: -5 }))],
  ['a range of frames', region('line', { ranges: [{ start: 1, end: 1 }], timelinelabels: ['Moving'] })],
  ['a region of a tag that is not known', region('new', { anything: true })],
  ['a region without an id', region('one', { choices: ['Bad'] }, { id: undefined })],
  ['a region whose id is null', region('one', { choices: ['Bad'] }, { id: null })],
  ['an item of a list', region('one', { choices: ['Bad'] }, { item_index: 2, score: 0.5 })],
]

const hidden: [string, Region, string][] = [
  ['another type', region('one', { choices: ['Bad'] }, { type: 'labels' }), 'type'],
  ['an id that is a number', region('one', { choices: ['Bad'] }, { id: 7 }), 'id'],
  ['a score that is a text', region('one', { choices: ['Bad'] }, { score: '0.5' }), 'score'],
  ['an item before the first', region('one', { choices: ['Bad'] }, { item_index: -1 }), 'item_index'],
  ['a value that is a list', region('one', {}, { value: ['Bad'] }), 'value'],
  ['an unknown choice', region('one', { choices: ['Ugly'] }), 'value.choices[0]'],
  ['a choice by its text where it has an alias', region('one', { choices: ['Good'] }), 'value.choices[0]'],
  ['the second choice, unknown', region('many', { choices: ['A', 'Z'] }), 'value.choices[1]'],
  ['choices that are no list', region('one', { choices: 'Bad' }), 'value.choices'],
  ['no choice', region('one', { choices: [] }), 'value.choices'],
  ['two choices where one is allowed', region('one', { choices: ['good', 'Bad'] }), 'value.choices'],
  ['a choice that is a number', region('any', { choices: [1] }), 'value.choices[0]'],
  ['a path where choices are flat', region('one', { choices: [['Bad']] }), 'value.choices[0]'],
  ['a value where choices nest', region('nested', { choices: ['A'] }), 'value.choices[0]'],
  ['a path that nested choices lack', region('nested', { choices: [['B']] }), 'value.choices[0][0]'],
  ['a path that the taxonomy lacks', region('tax', { taxonomy: [['a', 'Z']] }), 'value.taxonomy[0][1]'],
  ['a path past a leaf', region('tax', { taxonomy: [['a', 'B', 'C']] }), 'value.taxonomy[0][2]'],
  ['a taxonomy without paths', region('tax', { taxonomy: ['a'] }), 'value.taxonomy[0]'],
  ['a path that ends before a leaf', region('leafs', { taxonomy: [['A']] }), 'value.taxonomy[0]'],
  ['a rating above maxRating', region('stars', { rating: 99 }), 'value.rating'],
  ['a rating above 5 where there is no maxRating', region('five', { rating: 6 }), 'value.rating'],
  ['half a star', region('stars', { rating: 2.5 }), 'value.rating'],
  ['a number above max', region('number', { number: 11 }), 'value.number'],
  ['a number below min', region('number', { number: -1 }), 'value.number'],
  ['a number that is a text', region('free', { number: '3' }), 'value.number'],
  ['a number that is none', region('free', { number: Number.NaN }), 'value.number'],
  ['a date that is a number', region('day', { datetime: 2026 }), 'value.datetime'],
  ['text that is no list', region('words', { text: 'hello' }), 'value.text'],
  ['text that is a list of numbers', region('words', { text: [1] }), 'value.text'],
  ['a side that is none', region('pair', { selected: 'middle' }), 'value.selected'],
  ['a ranking that is a list', region('rank', { ranker: ['a'] }), 'value.ranker'],
  ['an item that the task lacks', region('rank', { ranker: { rank: ['a', 'z'] } }), 'value.ranker.rank[1]'],
  ['ids that are numbers', region('rank', { ranker: { rank: [1] } }), 'value.ranker.rank'],
  ['a message without content', region('chat', { chatmessage: { role: 'user' } }), 'value.chatmessage.content'],
  [
    'a message of no time',
    region('chat', { chatmessage: { role: 'user', content: 'Hi', createdAt: 'now' } }),
    'value.chatmessage.createdAt',
  ],
  ['an end past the text', region('ner', { start: 0, end: 6, labels: ['PER'] }), 'value.end'],
  ['a negative start', region('ner', { start: -1, end: 2, labels: ['PER'] }), 'value.start'],
  ['an end before the start', region('ner', { start: 3, end: 2, labels: ['PER'] }), 'value.end'],
  ['a span of nothing', region('ner', { start: 3, end: 3, labels: ['PER'] }), 'value.end'],
  ['offsets that are no whole numbers', region('ner', { start: '0.5', end: 2, labels: ['PER'] }), 'value.start'],
  [
    'offsets in the text and in a node',
    region('ner', { start: 0, end: 2, endOffset: 2, labels: ['PER'] }),
    'value.endOffset',
  ],
  [
    'offsets in the page and in a node',
    region('ht', { start: 0, end: 2, startOffset: 0, hypertextlabels: ['PER'] }),
    'value.startOffset',
  ],
  ['an unknown label', region('ner', { start: 0, end: 1, labels: ['PER', 'ORG'] }), 'value.labels[1]'],
  [
    'a label by its text where it has an alias',
    region('ner', { start: 0, end: 1, labels: ['Dog'] }),
    'value.labels[0]',
  ],
  ['no label', region('ner', { start: 0, end: 1, labels: [] }), 'value.labels'],
  ['a label that is no list', region('ner', { start: 0, end: 1, labels: 'PER' }), 'value.labels'],
  ['a covered text that is a list', region('ner', { start: 0, end: 1, text: ['x'], labels: ['PER'] }), 'value.text'],
  ['a covered utterance that is a number', region('par', { ...span, text: 5, paragraphlabels: ['Q'] }), 'value.text'],
  [
    'offsets to fall back on that are lists',
    region('ht', { ...path, globalOffsets: { start: [0], end: 2 }, hypertextlabels: ['PER'] }),
    'value.globalOffsets',
  ],
  ['an XPath without offsets', region('ht', { ...path, endOffset: null, hypertextlabels: ['PER'] }), 'value.endOffset'],
  [
    'offsets to fall back on, alone',
    region('ht', { globalOffsets: { start: 0, end: 2 }, hypertextlabels: ['PER'] }),
    'value.start',
  ],
  ['an utterance by a number', region('par', { ...span, start: 0, paragraphlabels: ['Q'] }), 'value.start'],
  ['an utterance that the task lacks', region('par', { ...span, end: '2', paragraphlabels: ['Q'] }), 'value.end'],
  ['an end past the utterance', region('par', { ...span, endOffset: 6, paragraphlabels: ['Q'] }), 'value.endOffset'],
  ['an utterance before the start', region('par', { ...span, start: '1', paragraphlabels: ['Q'] }), 'value.end'],
  [
    'an end before the start of an utterance',
    region('par', { ...span, startOffset: 5, endOffset: 2, paragraphlabels: ['Q'] }),
    'value.endOffset',
  ],
  ['sound that ends before it starts', region('sound', { start: 2, end: 1, labels: ['Voice'] }), 'value.end'],
  ['sound before the beginning', region('sound', { start: -2, end: -1, labels: ['Voice'] }), 'value.end'],
  ['a channel by its name', region('sound', { start: 0, end: 1, channel: 'left', labels: ['Voice'] }), 'value.channel'],
  ['a time that is a list', region('ts', { start: [], end: 1, timeserieslabels: ['Run'] }), 'value.start'],
  [
    'a time series that ends before it starts',
    region('ts', { start: 2, end: 1, instant: false, timeserieslabels: ['Run'] }),
    'value.end',
  ],
  [
    'a time series that does not say whether it is an instant',
    region('ts', { start: 1, end: 1, timeserieslabels: ['Run'] }),
    'value.instant',
  ],
  ['pixels for percents', region('boxes', { ...box, x: 640, ...cat }), 'value.x'],
  ['a box before the edge', region('boxes', { ...box, y: -1, ...cat }), 'value.y'],
  ['a box past the edge', region('boxes', { ...box, x: 90, ...cat }), 'value.width'],
  ['a box past the lower edge', region('boxes', { ...box, y: 90, ...cat }), 'value.height'],
  ['a turned box whose middle is outside', region('boxes', { ...box, x: 120, rotation: 10, ...cat }), 'value.x'],
  ['a turn that is a text', region('boxes', { ...box, rotation: '10', ...cat }), 'value.rotation'],
  ['a box of no width', region('boxes', { ...box, width: 0, ...cat }), 'value.width'],
  ['a box that is not finite', region('boxes', { ...box, height: Number.POSITIVE_INFINITY, ...cat }), 'value.height'],
  ['an unknown label of a box', region('boxes', { ...box, rectanglelabels: ['Dog'] }), 'value.rectanglelabels[0]'],
  ['a box without a label', region('boxes', { ...box, rectanglelabels: [] }), 'value.rectanglelabels'],
  ['a mask without the width of the image', region('brush', mask, { original_width: undefined }), 'original_width'],
  ['a box with an image of no height', region('boxes', { ...box, ...cat }, { original_height: 0 }), 'original_height'],
  ['an ellipse without a radius', region('ell', { x: 5, y: 5, radiusX: 1, ellipselabels: ['Cat'] }), 'value.radiusY'],
  [
    'an ellipse past the edges',
    region('ell', { x: 50, y: 50, radiusX: 60, radiusY: 5, ellipselabels: ['Cat'] }),
    'value.radiusX',
  ],
  [
    'an ellipse whose turn is null',
    region('ell', { x: 50, y: 50, radiusX: 5, radiusY: 5, rotation: null, ellipselabels: ['Cat'] }),
    'value.rotation',
  ],
  ['a polygon of two points', region('poly', corners([1, 1], [2, 2])), 'value.points'],
  [
    'a polygon that is closed by a text',
    region('poly', { ...corners([1, 1], [2, 2], [3, 1]), closed: 'yes' }),
    'value.closed',
  ],
  ['a polygon with a point in pixels', region('poly', corners([1, 1], [2, 2], [640, 3])), 'value.points[2]'],
  ['a point that is just outside', region('point', { x: 100.01, y: 1, width: 1, keypointlabels: ['Cat'] }), 'value.x'],
  ['a point outside', region('point', { x: 101, y: 1, width: 1, keypointlabels: ['Cat'] }), 'value.x'],
  ['a point without a size', region('point', { x: 1, y: 1, keypointlabels: ['Cat'] }), 'value.width'],
  ['COCO counts for a mask', region('brush', { ...mask, rle: [0, 0, 0, 16, 300, 0, 0, 0] }), 'value.rle'],
  ['a mask in a text', region('brush', { ...mask, rle: 'AAAA' }), 'value.rle'],
  ['a mask in a typed array', region('brush', { ...mask, rle: Uint8Array.from(rle) }), 'value.rle'],
  ['a mask of another size', region('brush', { ...mask, rle: [0, 0, 0, 32, 0, 0, 0, 0] }), 'value.rle'],
  ['a mask without a format', region('brush', { ...mask, format: undefined }), 'value.format'],
  [
    'a picture by its address',
    region('mask', { imageDataURL: 'https://example.org/m.png', bitmasklabels: ['Cat'] }),
    'value.imageDataURL',
  ],
  ['a vector without vertices', region('vec', { vertices: [], vectorlabels: ['Cat'] }), 'value.vertices'],
  [
    'a vertex without an id',
    region('vec', { vertices: [{ ...vertex, id: 1 }], vectorlabels: ['Cat'] }),
    'value.vertices[0].id',
  ],
  [
    'a vertex that bends to nowhere',
    region('vec', { vertices: [{ ...vertex, isBezier: true }], vectorlabels: ['Cat'] }),
    'value.vertices[0].isBezier',
  ],
  ['a vertex that is null', region('vec', { vertices: [null], vectorlabels: ['Cat'] }), 'value.vertices[0]'],
  [
    'a vertex that bends by a text',
    region('vec', { vertices: [{ ...vertex, isBezier: 'yes' }], vectorlabels: ['Cat'] }),
    'value.vertices[0].isBezier',
  ],
  [
    'a vertex after a number',
    region('vec', { vertices: [{ ...vertex, prevPointId: 1 }], vectorlabels: ['Cat'] }),
    'value.vertices[0].prevPointId',
  ],
  [
    'a vector that is closed by a text',
    region('vec', { vertices: [vertex], closed: 'yes', vectorlabels: ['Cat'] }),
    'value.closed',
  ],
  ['a frame 0', region('track', frames({ ...frame, frame: 0 })), 'value.sequence[0].frame'],
  ['a key frame without a time', region('track', frames({ ...frame, time: undefined })), 'value.sequence[0].time'],
  [
    'a key frame whose turn is a text',
    region('track', frames({ ...frame, rotation: '1' })),
    'value.sequence[0].rotation',
  ],
  [
    'a track in a video of unknown length',
    region('track', { ...frames(frame), framesCount: '9' }),
    'value.framesCount',
  ],
  ['a track without a duration', region('track', { ...frames(frame), duration: undefined }), 'value.duration'],
  ['labels of a track that are no list', region('track', { ...frames(frame), labels: 'Car' }), 'value.labels'],
  ['a key frame in pixels', region('track', frames(frame, { ...frame, frame: 2, x: 640 })), 'value.sequence[1].x'],
  ['a key frame that is null', region('track', frames(null)), 'value.sequence[0]'],
  ['a box without key frames', region('track', {}), 'value.sequence'],
  [
    'a range from frame 0',
    region('line', { ranges: [{ start: 0, end: 1 }], timelinelabels: ['Moving'] }),
    'value.ranges[0].start',
  ],
  [
    'a range that ends before it starts',
    region('line', { ranges: [{ start: 2, end: 1 }], timelinelabels: ['Moving'] }),
    'value.ranges[0].end',
  ],
]

describe('checkRegion', () => {
  for (const [what, entry] of shown) {
    it(`lets ${what} pass`, () => {
      assert.deepEqual(check(entry), [])
    })
  }

  for (const [what, entry, at] of hidden) {
    it(`finds ${what}`, () => {
      const [problem = assert.fail('no problem')] = check(entry)
      assert.equal(problem.path, at)
      for (const word of [problem.expected, problem.got, problem.mend]) assert.notEqual(word.trim(), '')
    })
  }

  it('does not compare with a task that it does not know', () => {
    const entry = region('ner', { start: 0, end: 600, labels: ['PER'] })
    assert.deepEqual(
      checkRegion(entry, labelConfig.controls.get('ner') as ControlTag, labelConfig.objects.get('text')),
      [],
    )
    assert.deepEqual(check(region('rank', { ranker: { rank: ['z'] } }), {}), [])
  })

  it('reads a task that was imported as a bare value', () => {
    const [problem] = check(region('ner', { start: 0, end: 9, labels: ['PER'] }), { $undefined$: 'Ada' })
    assert.equal(problem?.expected, 'at most 3, the length of the text in code points')
  })

  it('names the alias to those who use the text', () => {
    assert.equal(check(region('one', { choices: ['Good'] }))[0]?.mend, 'Use its alias "good".')
  })

  it('keeps what it says of a large value short', () => {
    const counts = Array.from({ length: 100_000 }, () => 300)
    assert.equal(check(region('brush', { ...mask, rle: counts }))[0]?.got, 'a list of 100000')
  })
})
