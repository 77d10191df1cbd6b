import type { Binding } from '../label-config/label-config.ts'
import type { Region } from '../wire/region.ts'
import { finishRegion, type RegionOptions } from './finish-region.ts'

/** A span of rendered HTML: XPaths with offsets in their nodes, or offsets in the text of the whole; code points. */
export type HyperTextSpan = (
  | { readonly start: string; readonly end: string; readonly startOffset: number; readonly endOffset: number }
  | { readonly globalOffsets: { readonly start: number; readonly end: number } }
) & { readonly text?: string }

/** Labels of a span of HTML, for `<HyperTextLabels>`. */
export function hyperTextLabels(
  binding: Binding,
  labels: readonly string[],
  span: HyperTextSpan,
  options: RegionOptions = {},
): Region {
  return finishRegion(binding, ['HyperTextLabels'], { ...span, hypertextlabels: [...labels] }, options)
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
  span: ParagraphSpan,
  options: RegionOptions = {},
): Region {
  const { start, end = start, startOffset, endOffset, text } = span
  const value = {
    start: String(start),
    end: String(end),
    startOffset,
    endOffset,
    ...(text === undefined ? {} : { text }),
    paragraphlabels: [...labels],
  }
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
  span: TimeSeriesSpan,
  options: RegionOptions = {},
): Region {
  const { start, end = start } = span
  return finishRegion(
    binding,
    ['TimeSeriesLabels'],
    { start, end, instant: start === end, timeserieslabels: [...labels] },
    options,
  )
}
