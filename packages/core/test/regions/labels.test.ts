import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { audioLabels, labels } from '../../src/regions/labels.ts'
import { rectangle } from '../../src/regions/rectangle.ts'
import { spanOf } from '../../src/regions/text-offsets.ts'
import { textArea } from '../../src/regions/values.ts'
import { videoRectangle } from '../../src/regions/video.ts'
import { bindingOf, box, boxPercents, image, imageFields } from './project.ts'

describe('labels', () => {
  it('mark a span of a text', () => {
    const region = labels(bindingOf('ner'), ['PER'], { start: 0, end: 5, text: 'Alice' }, { id: 't1' })
    assert.deepEqual(region, {
      id: 't1',
      from_name: 'ner',
      to_name: 'text',
      type: 'labels',
      value: { start: 0, end: 5, text: 'Alice', labels: ['PER'] },
    })
  })

  it('count an emoji before the span as one', () => {
    const text = '😀 Ada Lovelace worked'
    const start = text.indexOf('Ada')
    const region = labels(bindingOf('ner'), ['PER'], spanOf(text, start, start + 'Ada Lovelace'.length))
    assert.deepEqual(region.value, { start: 2, end: 14, text: 'Ada Lovelace', labels: ['PER'] })
  })

  it('give a span of HTML its offsets in the whole too', () => {
    const { value } = labels(bindingOf('htl'), ['PER'], { start: 3, end: 8 })
    assert.deepEqual(value, { start: 3, end: 8, globalOffsets: { start: 3, end: 8 }, labels: ['PER'] })
  })

  it('name a box that another control drew: same id, same place', () => {
    const drawn = rectangle(bindingOf('rect'), box, { image, id: 'r2' })
    assert.deepEqual(labels(bindingOf('lbl'), ['Cat'], { of: drawn }), {
      id: 'r2',
      ...imageFields,
      from_name: 'lbl',
      to_name: 'img',
      type: 'labels',
      value: { ...boxPercents, labels: ['Cat'] },
    })
  })

  it('name a track in a video', () => {
    const keyFrames = [{ frame: 1, x: 10, y: 10, width: 20, height: 20 }]
    const track = videoRectangle(bindingOf('box'), keyFrames, { unit: 'percent', framerate: 25, framesCount: 250 })
    const named = labels(bindingOf('vlbl'), ['Car'], { of: track })
    assert.equal(named.id, track.id)
    assert.deepEqual(named.value, { ...track.value, labels: ['Car'] })
  })

  it('reject a span over an image and point to what is meant', () => {
    assert.throws(() => labels(bindingOf('lbl'), ['Cat'], { start: 0, end: 3 }), {
      code: 'HTX_REGION_INVALID',
      message: /over <Image>.*of: region/,
    })
    assert.throws(() => labels(bindingOf('al'), ['Voice'], { start: 0, end: 3 }), { message: /audioLabels/ })
  })

  it('reject an empty span, a label that the config has not, and no label', () => {
    assert.throws(() => labels(bindingOf('ner'), ['PER'], { start: 3, end: 3 }), { message: /value\.end/ })
    assert.throws(() => labels(bindingOf('ner'), ['LOC'], { start: 0, end: 3 }), { message: /"PER", "ORG", got "LOC"/ })
    assert.throws(() => labels(bindingOf('ner'), [], { start: 0, end: 3 }), { message: /at least one label/ })
  })
})

describe('audioLabels', () => {
  const stretch = { startSeconds: 3.1, endSeconds: 8.2 }

  it('mark a stretch in seconds, which a text can transcribe', () => {
    const voice = audioLabels(bindingOf('al'), ['Voice'], stretch, { lengthSeconds: 18, id: 'a1' })
    assert.deepEqual(voice, {
      id: 'a1',
      original_length: 18,
      from_name: 'al',
      to_name: 'audio',
      type: 'labels',
      value: { start: 3.1, end: 8.2, channel: 0, labels: ['Voice'] },
    })
    assert.deepEqual(textArea(bindingOf('tr'), ['hello'], { of: voice }), {
      id: 'a1',
      original_length: 18,
      from_name: 'tr',
      to_name: 'audio',
      type: 'textarea',
      value: { start: 3.1, end: 8.2, channel: 0, text: ['hello'] },
    })
  })

  it('leave out a length that is not known', () => {
    assert.equal('original_length' in audioLabels(bindingOf('al'), ['Voice'], stretch), false)
  })

  it('reject samples given as seconds, a stretch that runs backwards, and what is no audio', () => {
    const samples = { startSeconds: 44_100, endSeconds: 88_200 }
    assert.throws(() => audioLabels(bindingOf('al'), ['Voice'], samples, { lengthSeconds: 18 }), {
      message: /seconds, not samples/,
    })
    const backwards = { startSeconds: 5, endSeconds: 4 }
    assert.throws(() => audioLabels(bindingOf('al'), ['Voice'], backwards), { message: /value\.end/ })
    assert.throws(() => audioLabels(bindingOf('ner'), ['PER'], stretch), { message: /over <Text>/ })
  })
})
