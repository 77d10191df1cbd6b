import type { Series } from './series.ts'

/** Rows of a series: `from` up to `to`, which is exclusive. */
export interface Segment {
  readonly from: number
  readonly to: number
}

export interface LabelledSegment extends Segment {
  /** Undefined: people left it without a label. */
  readonly label: string | undefined
}

/** What segments of each label look like on average; JSON. */
export interface SegmentLabels {
  /** Names of the channels that it was learned from, in their order. */
  readonly channels: readonly string[]
  /** How much each feature differs between segments. */
  readonly spread: readonly number[]
  /** The one without a label is what people left unmarked. */
  readonly kinds: readonly { readonly label?: string; readonly features: readonly number[] }[]
}

/** Learns the average of each label's segments. @returns undefined when there are none, or series of different channels */
export function learnLabels(
  examples: readonly { readonly series: Series; readonly segments: readonly LabelledSegment[] }[],
): SegmentLabels | undefined {
  const channels = examples[0]?.series.channels.map(({ name }) => name) ?? []
  const rows = examples
    .filter(({ series }) => sameChannels(channels, series))
    .flatMap(({ series, segments }) =>
      segments.map(segment => ({ label: segment.label, features: featuresOf(series, segment) })),
    )
  if (rows.length === 0) return undefined
  const spread = deviations(rows.map(({ features }) => features))
  const kinds = [...new Set(rows.map(({ label }) => label))].map(label => ({
    ...(label === undefined ? {} : { label }),
    features: means(rows.filter(row => row.label === label).map(({ features }) => features)),
  }))
  return { channels, spread, kinds }
}

/** The label of the kind that a segment is most like; undefined for one that people would leave unmarked. Score: 0.5 between two kinds, 1 far from the others. */
export function labelOf(
  known: SegmentLabels,
  series: Series,
  segment: Segment,
): { readonly label: string | undefined; readonly score: number } {
  const own = featuresOf(series, segment)
  const ranked = known.kinds
    .map(({ label, features }) => ({
      label,
      distance: Math.hypot(...features.map((value, at) => (value - (own[at] ?? 0)) / (known.spread[at] ?? 1))),
    }))
    .sort((a, b) => a.distance - b.distance)
  const [first, second] = ranked
  const other = second?.distance ?? 0
  return { label: first?.label, score: other > 0 ? other / (other + (first?.distance ?? 0)) : 0.5 }
}

export function sameChannels(names: readonly string[], { channels }: Series): boolean {
  return names.length === channels.length && names.every((name, at) => channels[at]?.name === name)
}

/** The level of each channel, and how it varies around it. */
function featuresOf({ channels }: Series, { from, to }: Segment): number[] {
  return channels.flatMap(({ values }) => {
    const rows = [...values.subarray(from, to)]
    const level = average(rows)
    return [level, Math.sqrt(average(rows.map(value => (value - level) ** 2)))]
  })
}

function means(rows: readonly (readonly number[])[]): number[] {
  return (rows[0] ?? []).map((_, at) => average(rows.map(row => row[at] ?? 0)))
}

function deviations(rows: readonly (readonly number[])[]): number[] {
  const middle = means(rows)
  return middle.map((mean, at) => Math.sqrt(average(rows.map(row => ((row[at] ?? 0) - mean) ** 2))) || 1)
}

function average(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / Math.max(1, values.length)
}
