import type { Binding } from '../label-config/label-config.ts'
import type { Region } from '../wire/region.ts'
import { finishRegion, type RegionOptions } from './finish-region.ts'
import type { TextSpan } from './text-offsets.ts'

/** A span of rendered HTML: XPaths with offsets inside their nodes, or offsets in the text of the whole. All in code points. */
export type HyperTextSpan = (
  | {
      readonly start: string
      readonly startOffset: number
      readonly end: string
      /** Exclusive. */
      readonly endOffset: number
      /** What the editor falls back on when the XPaths lead nowhere. */
      readonly globalOffsets?: TextSpan
    }
  | { readonly globalOffsets: TextSpan }
) & { readonly text?: string }

/**
 * Labels of a span of HTML, for `<HyperTextLabels>`.
 *
 * @example hyperTextLabels(binding, ['PER'], { globalOffsets: spanOf(shownText, 0, 5) })
 */
export function hyperTextLabels(
  binding: Binding,
  labels: readonly string[],
  span: HyperTextSpan,
  options: RegionOptions = {},
): Region {
  const { globalOffsets: global, text = global?.text } = span
  // Without XPaths the editor needs the offsets of the whole as start and end; globalOffsets alone it shows nowhere.
  const value: Record<string, unknown> = 'start' in span ? { ...span } : { start: global?.start, end: global?.end }
  if (global !== undefined) value.globalOffsets = { start: global.start, end: global.end }
  if (text !== undefined) value.text = text
  value.hypertextlabels = [...labels]
  return finishRegion(binding, ['HyperTextLabels'], value, options)
}

/** A span of a dialogue. Offsets count UTF-16 units, as `slice` does; this tag is the exception. */
export interface ParagraphSpan {
  /** Utterance in which it starts, from 0. */
  readonly start: number
  /** Utterance in which it ends. Default: the same. */
  readonly end?: number
  readonly startOffset: number
  /** Exclusive. */
  readonly endOffset: number
  readonly text?: string
}

/** Labels of a span of a dialogue, for `<ParagraphLabels>`. */
export function paragraphLabels(
  binding: Binding,
  labels: readonly string[],
  { start, end = start, startOffset, endOffset, text }: ParagraphSpan,
  options: RegionOptions = {},
): Region {
  const value: Record<string, unknown> = { start: String(start), end: String(end), startOffset, endOffset }
  if (text !== undefined) value.text = text
  value.paragraphlabels = [...labels]
  return finishRegion(binding, ['ParagraphLabels'], value, options)
}

/** A stretch of a time series, in the format of its time column. */
export interface TimeSeriesSpan {
  readonly start: number | string
  /** Default: the start, an instant. */
  readonly end?: number | string
}

/** Labels of a stretch of a time series, for `<TimeSeriesLabels>`. */
export function timeSeriesLabels(
  binding: Binding,
  labels: readonly string[],
  { start, end = start }: TimeSeriesSpan,
  options: RegionOptions = {},
): Region {
  const value = { start, end, instant: start === end, timeserieslabels: [...labels] }
  return finishRegion(binding, ['TimeSeriesLabels'], value, options)
}
