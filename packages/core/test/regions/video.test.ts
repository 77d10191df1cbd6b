import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { timelineLabels, videoRectangle } from '../../src/regions/video.ts'
import { bindingOf } from './project.ts'

const video = { framerate: 25, framesCount: 250 }
const size = { width: 20, height: 20, rotation: 0 }
const wanted = {
  framesCount: 250,
  duration: 10,
  sequence: [
    { frame: 1, time: 0.04, x: 10, y: 10, ...size, enabled: true },
    { frame: 25, time: 1, x: 30, y: 10, ...size, enabled: false },
  ],
  labels: ['Car'],
}

describe('videoRectangle', () => {
  it('times its key frames and measures boxes by the frame', () => {
    const keyFrames = [
      { frame: 1, x: 64, y: 36, width: 128, height: 72 },
      { frame: 25, x: 192, y: 36, width: 128, height: 72, enabled: false },
    ]
    const options = { ...video, frameSize: { width: 640, height: 360 }, labels: ['Car'], id: 'v1' }
    assert.deepEqual(videoRectangle(bindingOf('box'), keyFrames, options), {
      id: 'v1',
      from_name: 'box',
      to_name: 'video',
      type: 'videorectangle',
      value: wanted,
    })
  })

  it('passes percents through when told so', () => {
    const keyFrames = [
      { frame: 1, x: 10, y: 10, ...size },
      { frame: 25, x: 30, y: 10, ...size, enabled: false },
    ]
    const region = videoRectangle(bindingOf('box'), keyFrames, { ...video, unit: 'percent', labels: ['Car'] })
    assert.deepEqual(region.value, wanted)
  })

  it('rejects frames that the video has not, and a track without any', () => {
    const at = (frame: number) => [{ frame, x: 0, y: 0, ...size }]
    const options = { ...video, unit: 'percent' } as const
    assert.throws(() => videoRectangle(bindingOf('box'), at(0), options), { message: /counted from 1, got 0/ })
    assert.throws(() => videoRectangle(bindingOf('box'), at(251), options), { message: /at most 250.*got 251/ })
    assert.throws(() => videoRectangle(bindingOf('box'), [], options), { message: /value\.sequence/ })
  })

  it('rejects a box outside the frame', () => {
    const keyFrames = [{ frame: 1, x: 600, y: 0, width: 100, height: 10 }]
    const options = { ...video, frameSize: { width: 640, height: 360 } }
    assert.throws(() => videoRectangle(bindingOf('box'), keyFrames, options), { message: /0 to 640, got 700/ })
  })
})

describe('timelineLabels', () => {
  it('mark a range of frames', () => {
    assert.deepEqual(timelineLabels(bindingOf('tll'), ['Moving'], { start: 3, end: 50 }, { id: 'tl1' }), {
      id: 'tl1',
      from_name: 'tll',
      to_name: 'video',
      type: 'timelinelabels',
      value: { ranges: [{ start: 3, end: 50 }], timelinelabels: ['Moving'] },
    })
  })

  it('reject a frame before the first', () => {
    assert.throws(() => timelineLabels(bindingOf('tll'), ['Moving'], { start: 0, end: 50 }), {
      message: /first frame of a video is 1/,
    })
  })
})
