import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { isHtxError } from '../../src/errors/htx-error.ts'
import { checkPrediction } from '../../src/label-config/check-prediction.ts'
import { findBindings } from '../../src/label-config/find-bindings.ts'
import type { Binding } from '../../src/label-config/label-config.ts'
import { parseLabelConfig } from '../../src/label-config/parse-label-config.ts'
import { bitmaskLabels } from '../../src/regions/bitmask.ts'
import { brushLabels } from '../../src/regions/brush.ts'
import { choices, taxonomy } from '../../src/regions/choices.ts'
import { ellipseLabels } from '../../src/regions/ellipse.ts'
import { boxFromCorners, boxInPixels, cornersOf, pointsInPixels } from '../../src/regions/image-geometry.ts'
import { keyPointLabels } from '../../src/regions/key-point.ts'
import { audioLabels, labels } from '../../src/regions/labels.ts'
import { polygonLabels } from '../../src/regions/polygon.ts'
import { rectangle, rectangleLabels } from '../../src/regions/rectangle.ts'
import { relation } from '../../src/regions/relation.ts'
import { spanOf, utf16Offset } from '../../src/regions/text-offsets.ts'
import { hyperTextLabels, paragraphLabels, timeSeriesLabels } from '../../src/regions/text-spans.ts'
import { chatMessage, dateTime, numberValue, pairwise, ranker, rating, textArea } from '../../src/regions/values.ts'
import { vectorLabels } from '../../src/regions/vector.ts'
import { timelineLabels, videoRectangle } from '../../src/regions/video.ts'
import type { ResultEntry } from '../../src/wire/region.ts'

const config = parseLabelConfig(`<View>
  <Text name="text" value="$text"/><Image name="img" value="$img"/><Audio name="audio" value="$audio"/><Video name="video" value="$video"/>
  <List name="list" value="$items"/><Paragraphs name="dlg" value="$dlg"/><HyperText name="html" value="$html"/><TimeSeries name="ts" value="$ts"/>
  <Chat name="chat" toName="chat" value="$chat"/>
  <Choices name="cls" toName="text"><Choice value="Positive"/></Choices><Taxonomy name="tax" toName="text"><Choice value="Animal"><Choice value="Cat"/></Choice></Taxonomy>
  <TextArea name="sum" toName="text"/><Rating name="stars" toName="text"/><Number name="num" toName="text"/><DateTime name="dt" toName="text"/>
  <Pairwise name="pw" toName="text"/><Ranker name="rank" toName="list"/>
  <Labels name="ner" toName="text"><Label value="PER"/></Labels><HyperTextLabels name="ht" toName="html"><Label value="PER"/></HyperTextLabels>
  <ParagraphLabels name="par" toName="dlg"><Label value="Q"/></ParagraphLabels><TimeSeriesLabels name="tsl" toName="ts"><Label value="Run"/></TimeSeriesLabels>
  <Labels name="al" toName="audio"><Label value="Voice"/></Labels>
  <RectangleLabels name="rl" toName="img"><Label value="Cat"/></RectangleLabels><Rectangle name="rect" toName="img"/><Labels name="lbl" toName="img"><Label value="Cat"/></Labels>
  <TextArea name="txt" toName="img" perRegion="true"/><EllipseLabels name="el" toName="img"><Label value="Cat"/></EllipseLabels>
  <PolygonLabels name="pl" toName="img"><Label value="Cat"/></PolygonLabels><KeyPointLabels name="kp" toName="img"><Label value="Eye"/></KeyPointLabels>
  <BrushLabels name="br" toName="img"><Label value="Cat"/></BrushLabels><BitmaskLabels name="bm" toName="img"><Label value="Cat"/></BitmaskLabels>
  <VectorLabels name="vl" toName="img"><Label value="Road"/></VectorLabels>
  <VideoRectangle name="vr" toName="video"/><TimelineLabels name="tll" toName="video"><Label value="Moving"/></TimelineLabels>
</View>`)
const image = { width: 1280, height: 720 }
const I = { original_width: 1280, original_height: 720, image_rotation: 0 }

function binding(name: string): Binding {
  const control = config.controls.get(name)
  const found = findBindings(config, undefined, [control?.tag ?? '']).find(candidate => candidate.control.name === name)
  assert.ok(found, name)
  return found
}

const box = { x: 128, y: 144, width: 384, height: 108 }
const built: [ResultEntry, object][] = [
  [
    rectangleLabels(binding('rl'), ['Cat'], box, { image, id: 'r1' }),
    {
      id: 'r1',
      ...I,
      from_name: 'rl',
      to_name: 'img',
      type: 'rectanglelabels',
      value: { x: 10, y: 20, width: 30, height: 15, rotation: 0, rectanglelabels: ['Cat'] },
    },
  ],
  [
    ellipseLabels(binding('el'), ['Cat'], { x: 640, y: 360, radiusX: 128, radiusY: 36 }, { image, id: 'r3' }),
    {
      id: 'r3',
      ...I,
      from_name: 'el',
      to_name: 'img',
      type: 'ellipselabels',
      value: { x: 50, y: 50, radiusX: 10, radiusY: 5, rotation: 0, ellipselabels: ['Cat'] },
    },
  ],
  [
    polygonLabels(
      binding('pl'),
      ['Cat'],
      [
        [10, 10],
        [20, 10],
        [15, 20],
      ],
      { image, unit: 'percent', id: 'r4' },
    ),
    {
      id: 'r4',
      ...I,
      from_name: 'pl',
      to_name: 'img',
      type: 'polygonlabels',
      value: {
        points: [
          [10, 10],
          [20, 10],
          [15, 20],
        ],
        closed: true,
        polygonlabels: ['Cat'],
      },
    },
  ],
  [
    keyPointLabels(binding('kp'), ['Eye'], { x: 576, y: 439.2 }, { image, id: 'r5' }),
    {
      id: 'r5',
      ...I,
      from_name: 'kp',
      to_name: 'img',
      type: 'keypointlabels',
      value: { x: 45, y: 61, width: 0.5, keypointlabels: ['Eye'] },
    },
  ],
  [
    brushLabels(binding('br'), ['Cat'], [0, 1, 1, 0, 0, 1, 0, 0], { image: { width: 4, height: 2 }, id: 'r6' }),
    {
      id: 'r6',
      original_width: 4,
      original_height: 2,
      image_rotation: 0,
      from_name: 'br',
      to_name: 'img',
      type: 'brushlabels',
      value: {
        format: 'rle',
        rle: [0, 0, 0, 32, 57, 27, 252, 96, 19, 255, 206, 1, 31, 252, 224, 0],
        brushlabels: ['Cat'],
      },
    },
  ],
  [
    bitmaskLabels(binding('bm'), ['Cat'], Buffer.from('png'), { image, id: 'r7' }),
    {
      id: 'r7',
      ...I,
      from_name: 'bm',
      to_name: 'img',
      type: 'bitmasklabels',
      value: { imageDataURL: 'data:image/png;base64,cG5n', bitmasklabels: ['Cat'] },
    },
  ],
  [
    vectorLabels(
      binding('vl'),
      ['Road'],
      [
        [25, 30],
        [75, 70],
      ],
      { image, unit: 'percent', id: 'r8' },
    ),
    {
      id: 'r8',
      ...I,
      from_name: 'vl',
      to_name: 'img',
      type: 'vectorlabels',
      value: {
        vertices: [
          { id: 'p1', x: 25, y: 30, prevPointId: null, isBezier: false },
          { id: 'p2', x: 75, y: 70, prevPointId: 'p1', isBezier: false },
        ],
        closed: false,
        vectorlabels: ['Road'],
      },
    },
  ],
  [
    labels(binding('ner'), ['PER'], { start: 0, end: 5, text: 'Alice', id: 't1' }),
    {
      id: 't1',
      from_name: 'ner',
      to_name: 'text',
      type: 'labels',
      value: { start: 0, end: 5, text: 'Alice', labels: ['PER'] },
    },
  ],
  [
    hyperTextLabels(
      binding('ht'),
      ['PER'],
      { start: '/p[1]/text()[1]', startOffset: 0, end: '/p[1]/text()[1]', endOffset: 5, text: 'Alice' },
      { id: 'h1' },
    ),
    {
      id: 'h1',
      from_name: 'ht',
      to_name: 'html',
      type: 'hypertextlabels',
      value: {
        start: '/p[1]/text()[1]',
        startOffset: 0,
        end: '/p[1]/text()[1]',
        endOffset: 5,
        text: 'Alice',
        hypertextlabels: ['PER'],
      },
    },
  ],
  [
    paragraphLabels(binding('par'), ['Q'], { start: 0, startOffset: 0, endOffset: 5, text: 'Hello' }, { id: 'p1' }),
    {
      id: 'p1',
      from_name: 'par',
      to_name: 'dlg',
      type: 'paragraphlabels',
      value: { start: '0', end: '0', startOffset: 0, endOffset: 5, text: 'Hello', paragraphlabels: ['Q'] },
    },
  ],
  [
    audioLabels(binding('al'), ['Voice'], { startSeconds: 3.1, endSeconds: 8.2, lengthSeconds: 18, id: 'a1' }),
    {
      id: 'a1',
      original_length: 18,
      from_name: 'al',
      to_name: 'audio',
      type: 'labels',
      value: { start: 3.1, end: 8.2, channel: 0, labels: ['Voice'] },
    },
  ],
  [
    timeSeriesLabels(binding('tsl'), ['Run'], { start: 1592250751951, end: 1592250855000 }, { id: 's1' }),
    {
      id: 's1',
      from_name: 'tsl',
      to_name: 'ts',
      type: 'timeserieslabels',
      value: { start: 1592250751951, end: 1592250855000, instant: false, timeserieslabels: ['Run'] },
    },
  ],
  [
    videoRectangle(binding('vr'), [{ frame: 25, x: 10, y: 10, width: 20, height: 20 }], {
      framerate: 25,
      framesCount: 250,
      labels: ['Car'],
      id: 'v1',
    }),
    {
      id: 'v1',
      from_name: 'vr',
      to_name: 'video',
      type: 'videorectangle',
      value: {
        framesCount: 250,
        duration: 10,
        sequence: [{ frame: 25, time: 1, x: 10, y: 10, width: 20, height: 20, rotation: 0, enabled: true }],
        labels: ['Car'],
      },
    },
  ],
  [
    timelineLabels(binding('tll'), ['Moving'], { start: 3, end: 50 }, { id: 'tl1' }),
    {
      id: 'tl1',
      from_name: 'tll',
      to_name: 'video',
      type: 'timelinelabels',
      value: { ranges: [{ start: 3, end: 50 }], timelinelabels: ['Moving'] },
    },
  ],
  [
    choices(binding('cls'), ['Positive'], { id: 'c1' }),
    { id: 'c1', from_name: 'cls', to_name: 'text', type: 'choices', value: { choices: ['Positive'] } },
  ],
  [
    taxonomy(binding('tax'), [['Animal', 'Cat']], { id: 'x1' }),
    { id: 'x1', from_name: 'tax', to_name: 'text', type: 'taxonomy', value: { taxonomy: [['Animal', 'Cat']] } },
  ],
  [
    textArea(binding('sum'), ['A summary.'], { id: 'ta1' }),
    { id: 'ta1', from_name: 'sum', to_name: 'text', type: 'textarea', value: { text: ['A summary.'] } },
  ],
  [
    rating(binding('stars'), 4, { id: 'ra1' }),
    { id: 'ra1', from_name: 'stars', to_name: 'text', type: 'rating', value: { rating: 4 } },
  ],
  [
    numberValue(binding('num'), 3.5, { id: 'n1' }),
    { id: 'n1', from_name: 'num', to_name: 'text', type: 'number', value: { number: 3.5 } },
  ],
  [
    dateTime(binding('dt'), new Date('2026-03-01T10:00:00Z'), { id: 'd1' }),
    { id: 'd1', from_name: 'dt', to_name: 'text', type: 'datetime', value: { datetime: '2026-03-01' } },
  ],
  [
    pairwise(binding('pw'), 'left', { id: 'pw1' }),
    { id: 'pw1', from_name: 'pw', to_name: 'text', type: 'pairwise', value: { selected: 'left' } },
  ],
  [
    ranker(binding('rank'), ['mdn', 'wiki'], { id: 'rk1' }),
    { id: 'rk1', from_name: 'rank', to_name: 'list', type: 'ranker', value: { ranker: { rank: ['mdn', 'wiki'] } } },
  ],
]

describe('region builders', () => {
  for (const [region, expected] of built) {
    it(`make ${region.type} as Label Studio stores it`, () => {
      const rounded = JSON.parse(JSON.stringify(region), (_, value) =>
        typeof value === 'number' ? Math.round(value * 1e9) / 1e9 : value,
      )
      assert.deepEqual(rounded, expected)
      assert.deepEqual(checkPrediction({ result: [region] }, config), [])
    })
  }

  it('give rectangle, label and text of an OCR line one id and one place', () => {
    const drawn = rectangle(binding('rect'), { ...box, rotation: 5 }, { image })
    const label = labels(binding('lbl'), ['Cat'], { of: drawn })
    const text = textArea(binding('txt'), ['ABC 123'], { of: drawn, score: 0.9 })
    assert.match(drawn.id ?? '', /^[\w-]{10}$/)
    assert.deepEqual([label.id, text.id], [drawn.id, drawn.id])
    assert.deepEqual(text.value, { ...drawn.value, text: ['ABC 123'] })
    assert.equal(text.original_width, 1280)
    assert.deepEqual(checkPrediction({ result: [drawn, label, text] }, config), [])
  })

  it('join two regions', () => {
    const [one, two] = [choices(binding('cls'), ['Positive']), choices(binding('cls'), ['Positive'])]
    assert.deepEqual(relation(one, two, { labels: ['same'] }), {
      type: 'relation',
      from_id: one.id,
      to_id: two.id,
      direction: 'right',
      labels: ['same'],
    })
  })

  it('make a chat message that names itself', () => {
    assert.equal(chatMessage(binding('chat'), { role: 'assistant', content: 'Hi' }).to_name, 'chat')
  })

  const refused: [string, () => unknown, RegExp][] = [
    ['an unknown choice', () => choices(binding('cls'), ['Nope']), /one of "Positive"/],
    ['another tag’s binding', () => choices(binding('rl'), ['Cat']), /<Choices>.*<RectangleLabels/],
    ['a box outside the image', () => rectangle(binding('rect'), { ...box, x: 2000 }, { image }), /percents/],
    ['a box without extent', () => rectangle(binding('rect'), { ...box, width: 0 }, { image }), /above 0/],
    [
      'an image without size',
      () => rectangle(binding('rect'), box, { image: { width: 0, height: 0 } }),
      /size of the image/,
    ],
    ['a mask of the wrong size', () => brushLabels(binding('br'), ['Cat'], [1], { image }), /921600 values/],
    [
      'samples for seconds',
      () => audioLabels(binding('al'), ['Voice'], { startSeconds: 0, endSeconds: 44100, lengthSeconds: 18 }),
      /seconds/,
    ],
    ['six stars of five', () => rating(binding('stars'), 6), /0 to 5/],
  ]
  for (const [what, build, message] of refused) {
    it(`refuse ${what}`, () => {
      assert.throws(build, error => isHtxError(error, 'HTX_REGION_INVALID') && message.test(error.message))
    })
  }
})

describe('geometry', () => {
  it('goes from pixels to percents and back, turned boxes on wide images too', () => {
    for (const rotation of [0, 30, 90, 200]) {
      const given = { ...box, x: 500, y: 300, rotation }
      const back = boxInPixels(rectangle(binding('rect'), given, { image }))
      for (const key of ['x', 'y', 'width', 'height', 'rotation'] as const)
        assert.ok(Math.abs(back[key] - given[key]) < 1e-9, key)
    }
  })

  it('finds the box of four corners', () => {
    const given = { x: 500, y: 300, width: 200, height: 50, rotation: 33 }
    const found = boxFromCorners(cornersOf(given))
    for (const key of ['x', 'y', 'width', 'height', 'rotation'] as const)
      assert.ok(Math.abs(found[key] - given[key]) < 1e-9, key)
  })

  it('gives the points of a polygon back', () => {
    const region = polygonLabels(
      binding('pl'),
      ['Cat'],
      [
        [0, 0],
        [640, 0],
        [640, 360],
      ],
      { image },
    )
    assert.deepEqual(pointsInPixels(region), [
      [0, 0],
      [640, 0],
      [640, 360],
    ])
  })
})

describe('text offsets', () => {
  it('count code points', () => {
    const text = '😀 Ada Lovelace worked'
    const span = spanOf(text, text.indexOf('Ada'), text.indexOf(' worked'))
    assert.deepEqual(span, { start: 2, end: 14, text: 'Ada Lovelace' })
    assert.equal(text.slice(utf16Offset(text, 2), utf16Offset(text, 14)), 'Ada Lovelace')
  })
})
