import { HtxError } from '../errors/htx-error.ts'
import type { Binding } from '../label-config/label-config.ts'
import type { Region } from '../wire/region.ts'
import { finishRegion, type RegionOptions } from './finish-region.ts'

/** Where a label stands: a span of text (code points), or the region that a tool drew. */
export type LabelsOptions = RegionOptions &
  ({ readonly start: number; readonly end: number; readonly text?: string } | { readonly of: Region })

/**
 * Labels, for `<Labels>`: over Text with `start` and `end` in code points (see `spanOf`), over an image or a video with `of`, the
 * region that a tool such as `<Rectangle>` drew. For audio see `audioLabels`.
 *
 * @example labels(binding, ['PER'], spanOf(text, match.index, match.index + match[0].length))
 */
export function labels(binding: Binding, values: readonly string[], options: LabelsOptions): Region {
  const span =
    'start' in options
      ? { start: options.start, end: options.end, ...(options.text === undefined ? {} : { text: options.text }) }
      : {}
  return finishRegion(binding, ['Labels'], { ...span, labels: [...values] }, options)
}

/** A stretch of sound, in seconds. */
export interface AudioStretch extends RegionOptions {
  readonly startSeconds: number
  readonly endSeconds: number
  /** Default: 0. */
  readonly channel?: number
  /** Length of the whole audio. */
  readonly lengthSeconds?: number
}

/** Labels of a stretch of audio, for `<Labels>` over `<Audio>`. */
export function audioLabels(binding: Binding, values: readonly string[], stretch: AudioStretch): Region {
  const { startSeconds, endSeconds, channel = 0, lengthSeconds } = stretch
  if (lengthSeconds !== undefined && endSeconds > lengthSeconds) {
    throw new HtxError(
      'HTX_REGION_INVALID',
      `the stretch ends at ${endSeconds} s, the audio at ${lengthSeconds} s; give seconds, not samples`,
    )
  }
  const value = { start: startSeconds, end: endSeconds, channel, labels: [...values] }
  return finishRegion(
    binding,
    ['Labels'],
    value,
    stretch,
    lengthSeconds === undefined ? {} : { original_length: lengthSeconds },
  )
}
