import { HtxError } from '../errors/htx-error.ts'
import type { Binding } from '../label-config/label-config.ts'
import type { Region } from '../wire/region.ts'
import { finishRegion, type RegionOptions } from './finish-region.ts'
import { type Box, boxInPercent } from './image-geometry.ts'

/** A box at a moment of a video; between key frames the editor interpolates. */
export interface KeyFrame extends Box {
  /** Counted from 1. */
  readonly frame: number
  /** False: the object is gone after this key frame. Default: true. */
  readonly enabled?: boolean
}

export type VideoOptions = RegionOptions & {
  /** Frames a second. */
  readonly framerate: number
  /** Frames of the whole video. */
  readonly framesCount: number
  /** Labels of the `<Labels>` beside it. */
  readonly labels?: readonly string[]
} & (
    | {
        /** What boxes are in. Default: pixels of a frame. */
        readonly unit?: 'pixel'
        /** Size of a frame, pixels. */
        readonly frameSize: { readonly width: number; readonly height: number }
      }
    | { readonly unit: 'percent' }
  )

/** A box that moves, for `<VideoRectangle>`. */
export function videoRectangle(binding: Binding, keyFrames: readonly KeyFrame[], options: VideoOptions): Region {
  const { framerate, framesCount, labels } = options
  const sequence = keyFrames.map(keyFrame => {
    const { frame, x, y, width, height, rotation = 0, enabled = true } = keyFrame
    if (frame > framesCount) {
      throw new HtxError(
        'HTX_REGION_INVALID',
        `frame: expected at most ${framesCount}, the frames of the video, got ${frame}. Frames count from 1.`,
      )
    }
    const isPercent = options.unit === 'percent'
    const box = isPercent ? { x, y, width, height, rotation } : boxInPercent(keyFrame, { image: options.frameSize })
    return { frame, time: frame / framerate, ...box, enabled }
  })
  const value: Record<string, unknown> = { framesCount, duration: framesCount / framerate, sequence }
  if (labels !== undefined) value.labels = [...labels]
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
