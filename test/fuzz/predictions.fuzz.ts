import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { checkPrediction } from '@htx/core'
import fc from 'fast-check'
import { labelConfig, region, task } from '../../packages/core/test/label-config/every-control.ts'
import { holds } from './support/holds.ts'
import { anyText } from './support/json-texts.ts'

const cyclic: Record<string, unknown> = {}
cyclic.self = cyclic

/** What models return by mistake. */
const garbage: fc.Arbitrary<unknown> = fc.oneof(
  fc.constantFrom<unknown>(
    ...[
      undefined,
      null,
      true,
      0,
      -0,
      -1,
      0.5,
      101,
      1e300,
      Number.NaN,
      Number.POSITIVE_INFINITY,
      '',
      '0',
      'right',
      'rle',
      'Cat',
      'good',
      'PER',
    ],
    ...[
      [],
      {},
      [[]],
      [null],
      [undefined],
      new Array(3),
      cyclic,
      10n,
      Symbol('s'),
      () => {},
      new Date(0),
      new Date(Number.NaN),
      new Map([['a', 1]]),
    ],
    ...[
      new Set(['a']),
      new Float32Array(2),
      Buffer.from('a'),
      new ArrayBuffer(2),
      /a/,
      new Error('e'),
      Object.create(null),
      new String('Cat'),
      new Number(1),
    ],
    ...[
      Promise.resolve(1),
      new Proxy({}, {}),
      { toJSON: () => 'Cat' },
      { toString: null, valueOf: null },
      new URL('http://a'),
      Object.freeze(['Cat']),
    ],
    ...[
      JSON.parse('{"__proto__":{"x":1}}'),
      { constructor: 1, hasOwnProperty: 2 },
      Object.create({ choices: ['good'] }),
    ],
  ),
  fc.double(),
  anyText,
  fc.anything({
    withBigInt: true,
    withDate: true,
    withMap: true,
    withSet: true,
    withSparseArray: true,
    withTypedArray: true,
    withNullPrototype: true,
    maxDepth: 3,
  }),
)

const values: readonly [name: string, value: object][] = [
  ['one', { choices: ['good'] }],
  ['many', { choices: ['A', 'B'] }],
  ['nested', { choices: [['A', 'B']] }],
  ['tax', { taxonomy: [['a', 'B']] }],
  ['leafs', { taxonomy: [['A', 'B']] }],
  ['ner', { start: 0, end: 2, labels: ['PER'], text: '😀' }],
  ['stars', { rating: 3 }],
  ['number', { number: 3 }],
  ['day', { datetime: '2026-03-01' }],
  ['words', { text: ['a'] }],
  ['pair', { selected: 'left' }],
  ['rank', { ranker: { rank: ['a', 'b'] } }],
  ['chat', { chatmessage: { role: 'user', content: 'a', createdAt: 1 } }],
  [
    'ht',
    {
      start: '/p[1]/text()[1]',
      end: '/p[1]/text()[1]',
      startOffset: 0,
      endOffset: 2,
      globalOffsets: { start: 0, end: 2 },
      hypertextlabels: ['PER'],
    },
  ],
  ['par', { start: '0', end: '0', startOffset: 0, endOffset: 2, paragraphlabels: ['Q'] }],
  ['sound', { start: 0, end: 1, channel: 0, labels: ['Voice'] }],
  ['ts', { start: 0, end: 1, instant: false, timeserieslabels: ['Run'] }],
  ['boxes', { x: 1, y: 1, width: 2, height: 2, rotation: 0, rectanglelabels: ['Cat'] }],
  ['ell', { x: 1, y: 1, radiusX: 2, radiusY: 2, rotation: 0, ellipselabels: ['Cat'] }],
  [
    'poly',
    {
      points: [
        [0, 0],
        [1, 1],
        [2, 0],
      ],
      closed: true,
      polygonlabels: ['Cat'],
    },
  ],
  ['point', { x: 1, y: 1, width: 1, keypointlabels: ['Cat'] }],
  ['brush', { format: 'rle', rle: [0, 0, 0, 16, 0, 0, 0, 0], brushlabels: ['Cat'] }],
  ['mask', { imageDataURL: 'data:image/png;base64,AA==', bitmasklabels: ['Cat'] }],
  [
    'vec',
    { vertices: [{ id: 'a', x: 1, y: 1, prevPointId: null, isBezier: false }], closed: false, vectorlabels: ['Cat'] },
  ],
  [
    'track',
    { sequence: [{ frame: 1, x: 1, y: 1, width: 1, height: 1, enabled: true, rotation: 0, time: 0 }], framesCount: 10 },
  ],
  ['line', { ranges: [{ start: 1, end: 2 }], timelinelabels: ['Moving'] }],
  ['new', { new: [1] }],
]
const regions = fc.constantFrom(...values).map(([name, value]) => region(name, value))

/** A change to something inside a prediction. */
const change = fc.record(
  {
    place: fc.nat(1_000),
    how: fc.constantFrom('replace', 'replace', 'add', 'drop'),
    key: fc.oneof(
      fc.constantFrom(
        'id',
        'score',
        'meta',
        'value',
        'type',
        'labels',
        'parentID',
        'item_index',
        '__proto__',
        'toJSON',
        'text',
      ),
      anyText,
    ),
    value: garbage,
  },
  { noNullPrototype: true },
)
type Change = typeof change extends fc.Arbitrary<infer T> ? T : never

const predictions = fc.oneof(
  {
    weight: 6,
    arbitrary: fc
      .tuple(fc.array(regions, { minLength: 1, maxLength: 3 }), fc.array(change, { maxLength: 3 }))
      .map(([result, changes]) => changed({ result, score: 0.5 }, changes)),
  },
  { weight: 1, arbitrary: garbage },
  { weight: 1, arbitrary: fc.array(garbage, { maxLength: 3 }).map(result => ({ result })) },
)
const tasks = fc.oneof(
  fc.constant(task),
  fc.constant(undefined),
  fc.dictionary(fc.constantFrom('text', 'items', 'talk', 'page'), garbage).map(data => ({ data })),
)

describe('checkPrediction, given what is no prediction', () => {
  it('says what is wrong and never throws', test =>
    holds(
      test,
      fc.property(predictions, tasks, (prediction, about) => {
        for (const { path, expected, got, mend } of checkPrediction(prediction, labelConfig, about)) {
          for (const words of [path, expected, got, mend]) assert.equal(typeof words, 'string')
          assert.ok(got.length <= 1_000, `${got.length} characters of what came`)
        }
      }),
      { short: 10_000, long: 300_000 },
    ))

  it('lets nothing pass that is something else once it is JSON', test =>
    holds(
      test,
      fc.property(predictions, tasks, (prediction, about) => {
        if (checkPrediction(prediction, labelConfig, about).length > 0) return
        const sent = JSON.parse(JSON.stringify(prediction)) as { result: unknown[] }
        assert.deepEqual(checkPrediction(sent, labelConfig, about), [])
        const { result } = prediction as { result: unknown[] }
        assert.deepEqual(sent.result, withoutUndefined(result))
      }),
      { short: 10_000, long: 300_000 },
    ))
})

const writable = { enumerable: true, configurable: true, writable: true }

function changed(prediction: { result: unknown[]; score: unknown }, changes: readonly Change[]): unknown {
  const copy = structuredClone(prediction)
  for (const { place, how, key, value } of changes) {
    const places = placesIn(copy)
    const [holder, at] = places[place % places.length] as [Record<string, unknown>, string]
    if (how === 'replace') Reflect.defineProperty(holder, at, { ...writable, value })
    else if (how === 'drop') Reflect.deleteProperty(holder, at)
    else if (!Array.isArray(holder)) Reflect.defineProperty(holder, key, { ...writable, value })
  }
  return copy
}

function placesIn(holder: object, depth = 0, found: [object, string][] = []): [object, string][] {
  for (const [key, value] of Object.entries(holder)) {
    found.push([holder, key])
    const isWalked = typeof value === 'object' && value !== null && !ArrayBuffer.isView(value)
    if (isWalked && depth < 5) placesIn(value, depth + 1, found)
  }
  return found.length === 0 ? [[holder, 'new']] : found
}

/** JSON leaves out what is undefined, and writes −0 as 0. */
function withoutUndefined(value: unknown): unknown {
  if (Object.is(value, -0)) return 0
  if (typeof value !== 'object' || value === null) return value
  if (Array.isArray(value)) return value.map(withoutUndefined)
  const entries = Object.entries(value).filter(([, inner]) => inner !== undefined)
  return entries.reduce<object>(
    (copy, [key, inner]) => Object.defineProperty(copy, key, { ...writable, value: withoutUndefined(inner) }),
    {},
  )
}
