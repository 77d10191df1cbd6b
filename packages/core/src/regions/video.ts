import type { Binding } from '../label-config/label-config.ts'
import type { Region } from '../wire/region.ts'
import { finishRegion, type RegionOptions } from './finish-region.ts'
import type { Box } from './image-geometry.ts'

/** A box at a moment of a video; between key frames the editor interpolates. */
export interface KeyFrame extends Box {
  /** Counted from 1. */
  readonly frame: number
  /** False: the object is gone after this key frame. Default: true. */
  readonly enabled?: boolean
}

export interface VideoOptions extends RegionOptions {
  /** Size of a frame, pixels; without it boxes are percents. */
  readonly frameSize?: { readonly width: number; readonly height: number }
  /** Frames a second. */
  readonly framerate: number
  /** Frames of the whole video. */
  readonly framesCount: number
  /** Labels of the `<Labels>` that belongs to it. */
  readonly labels?: readonly string[]
}

/** A box that moves, for `<VideoRectangle>`. */
export function videoRectangle(binding: Binding, keyFrames: readonly KeyFrame[], options: VideoOptions): Region {
  const { frameSize, framerate, framesCount, labels } = options
  const toX = frameSize === undefined ? 1 : 100 / frameSize.width
  const toY = frameSize === undefined ? 1 : 100 / frameSize.height
  const sequence = keyFrames.map(({ frame, x, y, width, height, rotation = 0, enabled = true }) => ({
    frame,
    time: frame / framerate,
    x: x * toX,
    y: y * toY,
    width: width * toX,
    height: height * toY,
    rotation,
    enabled,
  }))
  const value = {
    framesCount,
    duration: framesCount / framerate,
    sequence,
    ...(labels === undefined ? {} : { labels: [...labels] }),
  }
  return finishRegion(binding, ['VideoRectangle'], value, options)
}

/** A range of frames, both inclusive, counted from 1. */
export interface FrameRange {
  readonly start: number
  readonly end: number
}

/** Labels of a range of frames, for `<TimelineLabels>`. */
export function timelineLabels(
  binding: Binding,
  labels: readonly string[],
  { start, end }: FrameRange,
  options: RegionOptions = {},
): Region {
  return finishRegion(binding, ['TimelineLabels'], { ranges: [{ start, end }], timelinelabels: [...labels] }, options)
}
