import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { checkPrediction } from '../../src/label-config/check-prediction.ts'
import { box, labelConfig, region, task } from './every-control.ts'

const bad = region('one', { choices: ['Bad'] })
const drawn = region('box', box)
const named = region('kind', { ...box, labels: ['Cat'] })
const read = region('ocr', { ...box, text: ['x'] })
const person = region('ner', { start: 0, end: 1, labels: ['PER'] })
const second = { ...person, id: 'r2' }
const said = region('chat', { chatmessage: { role: 'assistant', content: 'Hi' } })
const placeless = { ...read, value: { text: ['x'] } }
const track = region('track', { framesCount: 9, duration: 1, sequence: [{ ...box, frame: 1, time: 0 }] })
const relation = { type: 'relation', from_id: 'r1', to_id: 'r2', direction: 'right' }

function paths(result: unknown, extra: object = {}): string[] {
  return checkPrediction({ result, ...extra }, labelConfig, task).map(({ path }) => path)
}

describe('checkPrediction', () => {
  const envelopes: [string, unknown, string[]][] = [
    ['a result, a score and a version', { result: [bad], score: 0.5, model_version: 'v1' }, []],
    ['a result alone', { result: [] }, []],
    ['a score of null', { result: [], score: null }, []],
    ['scores at both ends', { result: [], score: 0 }, []],
    ['a score that is a text', { result: [], score: '0.5' }, ['score']],
    ['a score above 1', { result: [], score: 2 }, ['score']],
    ['a score below 0', { result: [], score: -0.1 }, ['score']],
    ['a score that is no number', { result: [], score: Number.NaN }, ['score']],
    ['a version that is null', { result: [], model_version: null }, ['model_version']],
    ['a version that is a number', { result: [], model_version: 7 }, ['model_version']],
    ['no result', { score: 1 }, ['result']],
    ['a result that is null', { result: null }, ['result']],
    ['a result that is a dict', { result: {} }, ['result']],
    ['null', null, ['prediction']],
    ['a text', 'Good', ['prediction']],
    ['a list of predictions', [{ result: [] }], ['prediction']],
    ['all that is wrong at once', { result: 'x', score: 2, model_version: 7 }, ['score', 'model_version', 'result']],
  ]
  for (const [what, prediction, expected] of envelopes) {
    it(`${expected.length === 0 ? 'lets' : 'finds'} ${what}${expected.length === 0 ? ' pass' : ''}`, () => {
      assert.deepEqual(
        checkPrediction(prediction, labelConfig).map(({ path }) => path),
        expected,
      )
    })
  }

  it('finds an item that is no index, whatever it is', () => {
    const index = { toString: null, valueOf: null }
    assert.deepEqual(paths([{ ...bad, item_index: index }]), ['result[0].item_index'])
  })

  it('finds what JSON would write as something else', () => {
    const inherited = Object.create({ note: 'lost' })
    for (const note of [new Date(0), new String('x'), Promise.resolve(1), { toJSON: () => 1 }, inherited, /x/]) {
      assert.deepEqual(paths([{ ...bad, meta: { note } }]), ['result[0].meta.note'])
    }
  })

  const shown: [string, unknown[]][] = [
    ['nothing at all', []],
    ['a rectangle with label and text of the same id', [drawn, named, read]],
    ['a label before the rectangle that it is for', [named, drawn]],
    [
      'a stretch of speech with its words',
      [
        region('sound', { start: 0, end: 1, labels: ['Voice'] }),
        region('speech', { start: 0, end: 1, text: ['hello'] }),
      ],
    ],
    [
      'two regions without ids',
      [
        { ...person, id: undefined },
        { ...second, id: undefined },
      ],
    ],
    ['one id for regions of several controls', [region('boxes', { ...box, rectanglelabels: ['Cat'] }), drawn, bad]],
    ['a text without the place, after the rectangle', [drawn, placeless]],
    ['a word about a message', [said, region('praise', { rating: 3 })]],
    ['a track with a label', [{ ...track, value: { ...track.value, labels: ['Car'] } }]],
    ['a choice about each of two items', [bad, { ...bad, id: 'r2', item_index: 1 }]],
    ['a choice for each of two regions', [drawn, { ...drawn, id: 'r2' }, bad, { ...bad, id: 'r2' }]],
    ['a relation of two regions', [person, second, relation]],
    [
      'a relation before its regions, with labels',
      [{ ...relation, direction: 'bi', labels: ['knows'] }, person, second],
    ],
    ['a Pairwise that names an object', [region('pair', { selected: 'left' }, { to_name: 'right' })]],
    ['a Pairwise that names itself', [region('pair', { selected: 'left' }, { to_name: 'pair' })]],
    ['a Chat that speaks about itself', [region('chat', { chatmessage: { role: 'assistant', content: 'Hi' } })]],
    ['the fourth page of a repeater', [{ ...bad, from_name: 'sort_3', to_name: 'page_3', value: { choices: ['A'] } }]],
  ]
  for (const [what, result] of shown) {
    it(`lets ${what} pass`, () => {
      assert.deepEqual(checkPrediction({ result }, labelConfig, task), [])
    })
  }

  const hidden: [string, unknown[], string[]][] = [
    ['a region that is null', [bad, null], ['result[1]']],
    ['from_name not in the config', [{ ...bad, from_name: 'nope' }], ['result[0].from_name']],
    ['a from_name that is missing', [{ ...bad, from_name: undefined }], ['result[0].from_name']],
    ['a from_name of an object', [{ ...bad, from_name: 'text' }], ['result[0].from_name']],
    ['to_name not in the config', [{ ...bad, to_name: 'nope' }], ['result[0].to_name']],
    ['to_name of another control', [{ ...bad, to_name: 'img' }], ['result[0].to_name']],
    ['a control that names itself', [{ ...bad, to_name: 'one' }], ['result[0].to_name']],
    ['a page that no repeater makes', [{ ...bad, from_name: 'sort_x', to_name: 'page_x' }], ['result[0].from_name']],
    ['what is wrong in the second region', [bad, region('stars', { rating: 99 })], ['result[1].value.rating']],
    ['a label without the region that it is for', [named], ['result[0].id']],
    ['a label whose region has another id', [{ ...drawn, id: 'r2' }, named], ['result[1].id']],
    ['a text without the region that it is for', [read], ['result[0].id']],
    ['a text whose region is only spoken about', [read, bad], ['result[0].id']],
    ['a text without an id', [drawn, { ...read, id: undefined }], ['result[1].id']],
    ['two regions of one control under one id', [person, { ...person }], ['result[1].id']],
    ['a text before the rectangle, without its place', [placeless, drawn], ['result[0].value.x']],
    [
      'a label at another place than its rectangle',
      [drawn, { ...named, value: { ...named.value, x: 11 } }],
      ['result[1].value.x'],
    ],
    ['a second choice about the task', [bad, { ...bad, id: 'r2' }], ['result[1].from_name']],
    [
      'a label that no control beside the track has',
      [{ ...track, value: { ...track.value, labels: ['Car', 'Bus'] } }],
      ['result[0].value.labels[1]'],
    ],
    [
      'a relation without a direction',
      [person, second, { ...relation, direction: undefined }],
      ['result[2].direction'],
    ],
    ['a relation to nowhere', [person, { ...relation, to_id: 'r9' }], ['result[1].to_id']],
    ['a relation of nothing', [{ type: 'relation' }], ['result[0].from_id', 'result[0].to_id', 'result[0].direction']],
    ['a direction that is none', [person, second, { ...relation, direction: 'up' }], ['result[2].direction']],
    ['labels of a relation that are no list', [person, second, { ...relation, labels: 'x' }], ['result[2].labels']],
  ]
  for (const [what, result, expected] of hidden) {
    it(`finds ${what}`, () => {
      assert.deepEqual(paths(result), expected)
    })
  }

  const itself: Record<string, unknown> = {}
  itself.itself = itself
  const changedByJson: [string, unknown, string][] = [
    ['a number that is not finite', { area: Number.NaN }, 'result[0].meta.area'],
    ['a number too large for JSON', { ids: [1n] }, 'result[0].meta.ids[0]'],
    ['a function', { f: () => 1 }, 'result[0].meta.f'],
    ['a typed array', { scores: new Float32Array(2) }, 'result[0].meta.scores'],
    ['a map', { scores: new Map([['a', 1]]) }, 'result[0].meta.scores'],
    ['a hole in a list', { list: [1, undefined] }, 'result[0].meta.list[1]'],
  ]
  for (const [what, meta, path] of changedByJson) {
    it(`finds ${what} anywhere in it, as JSON would change or refuse it`, () => {
      assert.deepEqual(paths([{ ...bad, meta }]), [path])
    })
  }

  it('finds a value that holds itself', () => {
    const [path = ''] = paths([{ ...bad, meta: itself }])
    assert.match(path, /^result\[0\]\.meta\.itself\.itself/)
  })

  it('stops after a hundred problems', () => {
    assert.equal(paths(Array.from({ length: 5000 }, () => ({ ...bad, from_name: 'nope' }))).length, 100)
    const points = Array.from({ length: 5000 }, () => [640, 480])
    assert.equal(paths([region('poly', { points, polygonlabels: ['Cat'] })]).length, 100)
  })

  it('says what was expected, what came and what to do', () => {
    assert.deepEqual(checkPrediction({ result: [region('one', { choices: ['Ugly'] })] }, labelConfig), [
      {
        path: 'result[0].value.choices[0]',
        expected: 'one of "good", "Bad"',
        got: '"Ugly"',
        mend: 'Use a value of <Choices name="one">, or add this one to the label config.',
      },
    ])
  })
})
