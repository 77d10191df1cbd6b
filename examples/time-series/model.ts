import {
  BaseModel,
  type Binding,
  type ModelTask,
  type PredictContext,
  type Prediction,
  type Region,
  timeSeriesLabels,
} from '@htx/core'
import { type ChangePoint, findChangePoints } from './change-points.ts'
import { labelOf, type Segment, sameChannels } from './segment-labels.ts'
import { readSeries, type Series } from './series.ts'
import type { Resources } from './train.ts'

export { train } from './train.ts'

const defaultPenalty = 3

interface Named extends Segment {
  readonly label: string
  readonly score: number
}

/** Finds where the level of a time series changes, and marks the changes or what lies between them. */
export default class TimeSeriesSegments extends BaseModel<Resources, [series: unknown]> {
  static override readonly inputTypes = ['TimeSeries']
  static override readonly outputTypes = ['TimeSeriesLabels']
  // Not 'file': with valueType="json" the series stands in the task itself.
  static override readonly inputs = 'value'

  #learned: Partial<Resources> = {}

  override load(resources: Partial<Resources>): void {
    this.#learned = resources
  }

  override async predict(
    tasks: readonly ModelTask<[series: unknown]>[],
    { binding, resolve }: PredictContext,
  ): Promise<Prediction[]> {
    const all = await Promise.all(tasks.map(({ input }) => readSeries(input[0], binding, resolve)))
    return all.map(series => this.#mark(series, binding))
  }

  #mark(series: Series, binding: Binding): Prediction {
    const { penalty = defaultPenalty, instants = binding.labels.length === 1 } = this.#learned
    const changes = findChangePoints(
      series.channels.map(({ values }) => values),
      penalty,
    )
    const result = instants ? this.#instants(changes, series, binding) : this.#segments(changes, series, binding)
    return { result, score: Math.min(1, ...result.map(({ score = 1 }) => score)) }
  }

  #instants(changes: readonly ChangePoint[], { times }: Series, binding: Binding): Region[] {
    const label = [this.#learned.instantLabel, binding.labels[0]].find(
      name => name !== undefined && binding.labels.includes(name),
    )
    if (label === undefined) return []
    return changes.map(({ row, gain }) =>
      timeSeriesLabels(binding, [label], { start: times[row] as string | number }, { score: gain / (gain + 1) }),
    )
  }

  #segments(changes: readonly ChangePoint[], series: Series, binding: Binding): Region[] {
    const edges = [0, ...changes.map(({ row }) => row), series.times.length]
    const segments = edges.slice(1).map((to, at) => ({ from: edges[at] as number, to }))
    return joined(this.#name(segments, series, binding)).map(({ from, to, label, score }) =>
      timeSeriesLabels(
        binding,
        [label],
        { start: series.times[from] as string | number, end: series.times[to - 1] as string | number },
        { score },
      ),
    )
  }

  /** By what was learned; before, the labels stand for levels of the first channel, from low to high. */
  #name(segments: readonly Segment[], series: Series, { labels }: Binding): Named[] {
    const { segmentLabels } = this.#learned
    if (segmentLabels === undefined || !sameChannels(segmentLabels.channels, series))
      return byLevel(segments, series, labels)
    return segments.flatMap(segment => {
      const { label, score } = labelOf(segmentLabels, series, segment)
      return label === undefined || !labels.includes(label) ? [] : [{ ...segment, label, score }]
    })
  }
}

function byLevel(segments: readonly Segment[], { channels: [first] }: Series, labels: readonly string[]): Named[] {
  const levels = segments.map(({ from, to }) => {
    const rows = first?.values.subarray(from, to) ?? new Float64Array()
    return rows.reduce((sum, value) => sum + value, 0) / rows.length
  })
  const [lowest, highest] = [Math.min(...levels), Math.max(...levels)]
  return segments.flatMap((segment, at) => {
    const height = highest > lowest ? ((levels[at] as number) - lowest) / (highest - lowest) : 0
    const label = labels[Math.round(height * (labels.length - 1))]
    // It is a guess, and the score says so.
    return label === undefined ? [] : [{ ...segment, label, score: 0.5 }]
  })
}

/** Neighbours with one label are one region. */
function joined(segments: readonly Named[]): Named[] {
  const all: Named[] = []
  for (const segment of segments) {
    const last = all.at(-1)
    if (last?.to === segment.from && last.label === segment.label)
      all[all.length - 1] = { ...last, to: segment.to, score: Math.min(last.score, segment.score) }
    else all.push(segment)
  }
  return all
}
