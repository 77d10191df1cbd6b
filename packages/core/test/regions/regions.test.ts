import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { checkPrediction } from '../../src/label-config/check-prediction.ts'
import { bitmaskLabels } from '../../src/regions/bitmask.ts'
import { brushLabels } from '../../src/regions/brush.ts'
import { choices, taxonomy } from '../../src/regions/choices.ts'
import { ellipseLabels } from '../../src/regions/ellipse.ts'
import { keyPointLabels } from '../../src/regions/key-point.ts'
import { audioLabels, labels } from '../../src/regions/labels.ts'
import { polygonLabels } from '../../src/regions/polygon.ts'
import { rectangle, rectangleLabels } from '../../src/regions/rectangle.ts'
import { relation } from '../../src/regions/relation.ts'
import { hyperTextLabels, paragraphLabels, timeSeriesLabels } from '../../src/regions/text-spans.ts'
import { dateTime, numberValue, pairwise, ranker, rating, textArea } from '../../src/regions/values.ts'
import { vectorLabels } from '../../src/regions/vector.ts'
import { timelineLabels, videoRectangle } from '../../src/regions/video.ts'
import type { ResultEntry } from '../../src/wire/region.ts'
import { png } from './masks.ts'
import { bindingOf, box, image, labelConfig } from './project.ts'

/** One prediction with a region of every kind, and what is said about some of them. */
function everything(): ResultEntry[] {
  const line = rectangle(bindingOf('rect'), { ...box, rotation: 5 }, { image })
  const voice = audioLabels(bindingOf('al'), ['Voice'], { startSeconds: 3.1, endSeconds: 8.2 }, { lengthSeconds: 18 })
  const keyFrames = [{ frame: 1, x: 10, y: 10, width: 20, height: 20 }]
  const track = videoRectangle(bindingOf('box'), keyFrames, { unit: 'percent', framerate: 25, framesCount: 250 })
  const person = labels(bindingOf('ner'), ['PER'], { start: 0, end: 5 })
  const company = labels(bindingOf('ner'), ['ORG'], { start: 15, end: 19 })
  const global = { globalOffsets: { start: 0, end: 5 } }
  const options = { image, unit: 'percent' } as const
  const mask = new Uint8Array(image.width * image.height).fill(1, 100, 5000)
  return [
    ...[line, labels(bindingOf('lbl'), ['Cat'], { of: line }), textArea(bindingOf('txt'), ['ABC'], { of: line })],
    ...[choices(bindingOf('quality'), ['Sharp'], { of: line }), rating(bindingOf('certainty'), 3, { of: line })],
    ...[voice, textArea(bindingOf('tr'), ['hello'], { of: voice })],
    ...[track, labels(bindingOf('vlbl'), ['Car'], { of: track })],
    ...[person, company, relation(person, company)],
    rectangleLabels(bindingOf('rl'), ['Cat'], box, { image }),
    ellipseLabels(bindingOf('el'), ['Cat'], { x: 50, y: 50, radiusX: 10, radiusY: 5 }, options),
    polygonLabels(
      bindingOf('pl'),
      ['Cat'],
      [
        [10, 10],
        [20, 10],
        [15, 20],
      ],
      options,
    ),
    keyPointLabels(bindingOf('kp'), ['Eye'], { x: 45, y: 61 }, options),
    brushLabels(bindingOf('br'), ['Cat'], mask, { image }),
    bitmaskLabels(bindingOf('bm'), ['Cat'], png, { image }),
    vectorLabels(
      bindingOf('vl'),
      ['Road'],
      [
        [25, 30],
        [75, 70],
      ],
      options,
    ),
    hyperTextLabels(bindingOf('ht'), ['PER'], global),
    labels(bindingOf('htl'), ['PER'], global.globalOffsets),
    paragraphLabels(bindingOf('par'), ['Greeting'], { start: 0, startOffset: 0, endOffset: 5 }),
    timeSeriesLabels(bindingOf('tsl'), ['Run'], { start: 1, end: 2 }),
    timelineLabels(bindingOf('tll'), ['Moving'], { start: 3, end: 50 }),
    choices(bindingOf('cls'), ['Positive']),
    taxonomy(bindingOf('tax'), [['Animal', 'Cat']]),
    textArea(bindingOf('sum'), ['A summary.']),
    rating(bindingOf('stars'), 4),
    numberValue(bindingOf('num'), 3.5),
    dateTime(bindingOf('dt'), '2026-03-01'),
    pairwise(bindingOf('pw'), 'left'),
    ranker(bindingOf('rank'), ['mdn', 'wiki']),
  ]
}

describe('regions that builders made', () => {
  it('stand in one prediction that the editor shows as a whole, also after JSON', () => {
    const prediction = { score: 0.5, result: everything() }
    assert.deepEqual(checkPrediction(prediction, labelConfig), [])
    assert.deepEqual(JSON.parse(JSON.stringify(prediction)), prediction)
  })
})
