import { HtxError } from '../errors/htx-error.ts'
import type { Binding } from '../label-config/label-config.ts'
import type { Region } from '../wire/region.ts'
import { finishRegion, type RegionOptions } from './finish-region.ts'
import type { TextSpan } from './text-offsets.ts'

/** Labels of a region that another control made: a box of `<Rectangle>`, a track of `<VideoRectangle>`. */
export interface LabelsOptions extends RegionOptions {
  readonly of: Region
}

/**
 * Labels of a span, for `<Labels>` over `<Text>` or `<HyperText>` (there: of the text that the browser shows).
 *
 * @example labels(binding, ['PER'], spanOf(text, match.index, match.index + match[0].length))
 */
export function labels(binding: Binding, values: readonly string[], span: TextSpan, options?: RegionOptions): Region
/**
 * Labels of a region that another control made, for `<Labels>` beside a tool such as `<Rectangle>`.
 *
 * @example const box = rectangle(boxBinding, pixels, { image }); return [box, labels(labelBinding, ['Text'], { of: box })]
 */
export function labels(binding: Binding, values: readonly string[], options: LabelsOptions): Region
export function labels(
  binding: Binding,
  values: readonly string[],
  where: TextSpan | LabelsOptions,
  options: RegionOptions = {},
): Region {
  if ('of' in where) return finishRegion(binding, ['Labels'], { labels: [...values] }, where)
  const tag = binding.objects[0]?.tag
  if (tag !== 'Text' && tag !== 'HyperText') {
    throw new HtxError(
      'HTX_REGION_INVALID',
      `start and end are for labels over <Text> and <HyperText>, these are over <${tag}>. Give { of: region }; for sound use audioLabels.`,
    )
  }
  const { start, end, text } = where
  const value: Record<string, unknown> = { start, end, labels: [...values] }
  if (text !== undefined) value.text = text
  // The editor goes by start and end; globalOffsets is where other readers look for a span of HTML.
  if (tag === 'HyperText') value.globalOffsets = { start, end }
  return finishRegion(binding, ['Labels'], value, options)
}

/** A stretch of sound, in seconds. */
export interface AudioStretch {
  readonly startSeconds: number
  readonly endSeconds: number
  /** Default: 0. */
  readonly channel?: number
}

export interface AudioOptions extends RegionOptions {
  /** Length of the whole audio. */
  readonly lengthSeconds?: number
}

/** Labels of a stretch of sound, for `<Labels>` over `<Audio>`. */
export function audioLabels(
  binding: Binding,
  values: readonly string[],
  { startSeconds, endSeconds, channel = 0 }: AudioStretch,
  options: AudioOptions = {},
): Region {
  const tag = binding.objects[0]?.tag ?? ''
  if (!tag.startsWith('Audio')) {
    throw new HtxError(
      'HTX_REGION_INVALID',
      `audioLabels is for labels over <Audio>, these are over <${tag}>. Use labels.`,
    )
  }
  const { lengthSeconds } = options
  if (lengthSeconds !== undefined && endSeconds > lengthSeconds) {
    throw new HtxError(
      'HTX_REGION_INVALID',
      `endSeconds: expected at most ${lengthSeconds}, the length of the audio, got ${endSeconds}. Give seconds, not samples.`,
    )
  }
  const value = { start: startSeconds, end: endSeconds, channel, labels: [...values] }
  return finishRegion(
    binding,
    ['Labels'],
    value,
    options,
    lengthSeconds === undefined ? {} : { original_length: lengthSeconds },
  )
}
