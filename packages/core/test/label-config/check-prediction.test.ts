import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { checkPrediction } from '../../src/label-config/check-prediction.ts'
import { parseLabelConfig } from '../../src/label-config/parse-label-config.ts'

const config = parseLabelConfig(`<View>
  <Text name="text" value="$text"/><Image name="img" value="$img"/><Video name="video" value="$video"/><List name="list" value="$items"/>
  <Paragraphs name="dialogue" value="$dialogue" textKey="said"/>
  <Choices name="c" toName="text"><Choice value="Good" alias="good"/><Choice value="Bad"/></Choices>
  <Choices name="many" toName="text" choice="multiple"><Choice value="A"/><Choice value="B"/></Choices>
  <Choices name="dyn" toName="text" value="$options"/>
  <Labels name="ner" toName="text"><Label value="PER"/></Labels>
  <Rating name="stars" toName="text" maxRating="7"/><Number name="n" toName="text" min="0" max="10"/>
  <TextArea name="t" toName="text"/><Taxonomy name="tax" toName="text"><Choice value="A"><Choice value="B"/></Choice></Taxonomy>
  <Pairwise name="pw" toName="text"/><Ranker name="rank" toName="list"/><DateTime name="d" toName="text"/>
  <Rectangle name="box" toName="img"/><Labels name="kind" toName="img"><Label value="Cat"/></Labels><TextArea name="ocr" toName="img" perRegion="true"/>
  <BrushLabels name="brush" toName="img"><Label value="Sky"/></BrushLabels><PolygonLabels name="poly" toName="img"><Label value="Sky"/></PolygonLabels>
  <VideoRectangle name="vr" toName="video"/><ParagraphLabels name="par" toName="dialogue"><Label value="Q"/></ParagraphLabels>
  <HyperText name="html" value="$html"/><HyperTextLabels name="ht" toName="html"><Label value="PER"/></HyperTextLabels>
</View>`)
const task = { data: { text: '😀 Ada', items: [{ id: 'a' }, { id: 'b' }], dialogue: [{ said: 'hello' }] } }
const size = { original_width: 100, original_height: 50 }
const on = (from_name: string, type: string, value: object, extra: object = {}) => {
  const to_name =
    { rank: 'list', box: 'img', kind: 'img', ocr: 'img', brush: 'img', poly: 'img', vr: 'video', par: 'dialogue' }[
      from_name
    ] ?? 'text'
  return { id: 'r', from_name, to_name, type, value, ...extra }
}
const boxValue = { x: 10, y: 10, width: 20, height: 20, rotation: 0 }
const box = on('box', 'rectangle', boxValue, size)

const shown: [string, object[]][] = [
  ['a choice by its alias', [on('c', 'choices', { choices: ['good'] })]],
  ['several choices where they are allowed', [on('many', 'choices', { choices: ['A', 'B'] })]],
  ['a choice that comes from the task', [on('dyn', 'choices', { choices: ['whatever'] })]],
  ['a span after an emoji', [on('ner', 'labels', { start: 2, end: 5, labels: ['PER'] })]],
  [
    'a rectangle with label and text of the same id',
    [
      box,
      on('kind', 'labels', { ...boxValue, labels: ['Cat'] }, size),
      on('ocr', 'textarea', { ...boxValue, text: ['x'] }, size),
    ],
  ],
  ['a turned rectangle that begins outside', [on('box', 'rectangle', { ...boxValue, x: -2, rotation: 30 }, size)]],
  ['a path in the taxonomy', [on('tax', 'taxonomy', { taxonomy: [['A', 'B']] })]],
  ['a rating up to maxRating', [on('stars', 'rating', { rating: 7 })]],
  ['a ranking of the items', [on('rank', 'ranker', { ranker: { rank: ['b', 'a'] } })]],
  ['a Pairwise that names itself', [on('pw', 'pairwise', { selected: 'left' }, { to_name: 'pw' })]],
  [
    'a relation of two regions',
    [
      { ...box, id: 'x' },
      { ...box, id: 'y' },
      { type: 'relation', from_id: 'x', to_id: 'y', direction: 'right' },
    ],
  ],
  ['a key frame', [on('vr', 'videorectangle', { sequence: [{ frame: 1, ...boxValue, enabled: true }] })]],
  [
    'an utterance',
    [on('par', 'paragraphlabels', { start: '0', end: '0', startOffset: 0, endOffset: 5, paragraphlabels: ['Q'] })],
  ],
  ['nothing at all', []],
]

const hidden: [string, object, string][] = [
  ['from_name not in the config', on('nope', 'choices', { choices: ['Bad'] }), 'result[0].from_name'],
  ['to_name not in the config', on('c', 'choices', { choices: ['Bad'] }, { to_name: 'nope' }), 'result[0].to_name'],
  ['to_name of another control', on('c', 'choices', { choices: ['Bad'] }, { to_name: 'img' }), 'result[0].to_name'],
  ['the wrong type', on('c', 'labels', { choices: ['Bad'] }), 'result[0].type'],
  ['an unknown choice', on('c', 'choices', { choices: ['Ugly'] }), 'result[0].value.choices[0]'],
  [
    'a choice by its text where it has an alias',
    on('c', 'choices', { choices: ['Good'] }),
    'result[0].value.choices[0]',
  ],
  ['choices that are no list', on('c', 'choices', { choices: 'Bad' }), 'result[0].value.choices'],
  ['two choices where one is allowed', on('c', 'choices', { choices: ['good', 'Bad'] }), 'result[0].value.choices'],
  ['an end past the text', on('ner', 'labels', { start: 0, end: 6, labels: ['PER'] }), 'result[0].value.end'],
  ['a negative start', on('ner', 'labels', { start: -1, end: 2, labels: ['PER'] }), 'result[0].value.start'],
  ['an end before the start', on('ner', 'labels', { start: 3, end: 2, labels: ['PER'] }), 'result[0].value.end'],
  ['an unknown label', on('ner', 'labels', { start: 0, end: 1, labels: ['ORG'] }), 'result[0].value.labels[0]'],
  ['a rating above the most', on('stars', 'rating', { rating: 99 }), 'result[0].value.rating'],
  ['a number past max', on('n', 'number', { number: 11 }), 'result[0].value.number'],
  ['a number that is none', on('n', 'number', { number: Number.NaN }), 'result[0].value.number'],
  ['text that is no list', on('t', 'textarea', { text: 'hello' }), 'result[0].value.text'],
  [
    'a path that the taxonomy lacks',
    on('tax', 'taxonomy', { taxonomy: [['A', 'Z']] }),
    'result[0].value.taxonomy[0][1]',
  ],
  ['a taxonomy without paths', on('tax', 'taxonomy', { taxonomy: ['A'] }), 'result[0].value.taxonomy[0]'],
  ['an item that the task lacks', on('rank', 'ranker', { ranker: { rank: ['z'] } }), 'result[0].value.ranker.rank[0]'],
  ['a side that is none', on('pw', 'pairwise', { selected: 'middle' }), 'result[0].value.selected'],
  ['pixels for percents', on('box', 'rectangle', { ...boxValue, x: 640 }, size), 'result[0].value.x'],
  ['an image region without the size of the image', on('box', 'rectangle', boxValue), 'result[0].original_width'],
  [
    'a label without the region that it is for',
    on('kind', 'labels', { ...boxValue, labels: ['Cat'] }, size),
    'result[0].id',
  ],
  ['a per-region text without its region', on('ocr', 'textarea', { text: ['x'] }, size), 'result[0].id'],
  [
    'COCO counts for RLE',
    on('brush', 'brushlabels', { format: 'rle', rle: [1, 2, 300], brushlabels: ['Sky'] }, size),
    'result[0].value.rle',
  ],
  [
    'a mask of another size',
    on('brush', 'brushlabels', { format: 'rle', rle: [0, 0, 0, 32, 57, 27, 252, 96, 19], brushlabels: ['Sky'] }, size),
    'result[0].value.rle',
  ],
  [
    'a polygon of two points',
    on(
      'poly',
      'polygonlabels',
      {
        points: [
          [1, 1],
          [2, 2],
        ],
        polygonlabels: ['Sky'],
      },
      size,
    ),
    'result[0].value.points',
  ],
  [
    'a frame 0',
    on('vr', 'videorectangle', { sequence: [{ frame: 0, ...boxValue }] }),
    'result[0].value.sequence[0].frame',
  ],
  [
    'an utterance that the dialogue lacks',
    on('par', 'paragraphlabels', { start: '4', end: '4', startOffset: 0, endOffset: 1, paragraphlabels: ['Q'] }),
    'result[0].value.start',
  ],
  [
    'HTML offsets that the editor only falls back on',
    on('ht', 'hypertextlabels', { globalOffsets: { start: 0, end: 2 }, hypertextlabels: ['PER'] }, { to_name: 'html' }),
    'result[0].value.start',
  ],
  ['an id that is a number', on('c', 'choices', { choices: ['Bad'] }, { id: 7 }), 'result[0].id'],
  ['a relation to nowhere', { type: 'relation', from_id: 'a', to_id: 'b', direction: 'right' }, 'result[0].from_id'],
]

describe('checkPrediction', () => {
  for (const [what, result] of shown) {
    it(`lets ${what} pass`, () => {
      assert.deepEqual(checkPrediction({ result, score: 0.5 }, config, task), [])
    })
  }
  for (const [what, entry, path] of hidden) {
    it(`finds ${what}`, () => {
      const problems = checkPrediction({ result: [entry] }, config, task)
      const found = problems.find(problem => problem.path === path)
      assert.ok(found, `${path} is not in ${JSON.stringify(problems)}`)
      for (const word of [found.expected, found.got, found.mend]) assert.notEqual(word, '')
    })
  }
  for (const [what, prediction, path] of [
    ['a score that is a text', { result: [], score: '0.5' }, 'score'],
    ['a score above 1', { result: [], score: 2 }, 'score'],
    ['a score that is no number', { result: [], score: Number.NaN }, 'score'],
    ['a version that is null', { result: [], model_version: null }, 'model_version'],
    ['a result that is missing', { score: 1 }, 'result'],
    ['a result that is null', { result: null }, 'result'],
    ['a result that is a dict', { result: {} }, 'result'],
    ['a prediction that is a text', 'Good', 'prediction'],
  ] as [string, unknown, string][]) {
    it(`finds ${what}`, () => {
      assert.deepEqual(
        checkPrediction(prediction, config).map(problem => problem.path),
        [path],
      )
    })
  }
})
