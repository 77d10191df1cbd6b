import { type DataItem, labelsOfItem, splitItems, type TrainContext, type TrainFn } from '@htx/core'
import { findChangePoints } from './change-points.ts'
import { type LabelledSegment, learnLabels, type SegmentLabels } from './segment-labels.ts'
import { readSeries, rowAt, type Series, stampOf, timeFormatOf } from './series.ts'

/** What training leaves; it goes into the manifest as it is. */
export interface Resources {
  /** What a change must explain to count; see `findChangePoints`. */
  penalty: number
  /** True when people mark the moments of changes, and not what lies between them. */
  instants: boolean
  /** The label of moments. */
  instantLabel?: string
  segmentLabels?: SegmentLabels
}

/** A series and what one person said about it. */
interface Example {
  readonly id: number | string
  readonly series: Series
  readonly segments: readonly LabelledSegment[]
  /** First rows after each change. */
  readonly changes: readonly number[]
  readonly instantLabels: readonly string[]
}

const penalties = Array.from({ length: 17 }, (_, step) => 0.75 * 1.5 ** step)

/** Learns which changes people mark, and what the segments of each label look like. */
export const train: TrainFn<Resources, [series: unknown]> = async (items, _workingDir, context) => {
  const examples: Example[] = []
  for await (const item of items) {
    context.signal.throwIfAborted()
    examples.push(await readExample(item, context))
    context.progress((0.5 * examples.length) / context.itemCount, `series ${examples.length} of ${context.itemCount}`)
  }
  const { training, validation } = await splitItems(examples)
  const f1 = validation.length === 0 ? undefined : qualityOf(bestPenalty(training, context.signal), validation)
  context.progress(0.75, `checked on ${validation.length} series that were held back`)
  // What goes live has learned from all of them.
  const instantLabels = examples.flatMap(example => example.instantLabels)
  const segments = examples.flatMap(example => example.segments).filter(({ label }) => label !== undefined)
  const segmentLabels = learnLabels(examples)
  const [instantLabel] = instantLabels
  return {
    penalty: bestPenalty(examples, context.signal),
    instants: instantLabels.length > segments.length,
    ...(instantLabel === undefined ? {} : { instantLabel }),
    ...(segmentLabels === undefined ? {} : { segmentLabels }),
    ...(f1 === undefined ? {} : { metrics: { f1 } }),
  }
}

async function readExample(
  item: DataItem<[series: unknown]>,
  { binding, resolve }: TrainContext<Resources>,
): Promise<Example> {
  const series = await readSeries(item.input[0], binding, resolve)
  const format = timeFormatOf(binding)
  const rows = series.stamps.length
  const row = (time: unknown) => rowAt(series, stampOf(time as number | string, format))
  const marked: LabelledSegment[] = []
  const changes = new Set<number>()
  const instantLabels: string[] = []
  for (const region of item.output) {
    const { start, end, instant } = region.value
    const [label] = labelsOfItem({ output: [region] })
    const [from, to] = [row(start), row(end) + 1]
    if (instant === true || to - from < 2) {
      changes.add(from)
      if (label !== undefined) instantLabels.push(label)
    } else marked.push({ from, to, label })
  }
  marked.sort((a, b) => a.from - b.from)
  for (const { from, to } of marked) {
    changes.add(from)
    changes.add(to)
  }
  const near = tolerance(series)
  const inner = [...changes].sort((a, b) => a - b).filter(change => change > near && change < rows - near)
  // Segments that touch share a change, give or take what the hand that drew them missed.
  const distinct = inner.filter((change, at) => at === 0 || change - (inner[at - 1] as number) > near)
  return { id: item.id, series, changes: distinct, instantLabels, segments: withGaps(marked, rows, near) }
}

/** What was marked, and what lies between, which nobody marked. */
function withGaps(marked: readonly LabelledSegment[], rows: number, near: number): LabelledSegment[] {
  const all: LabelledSegment[] = []
  let at = 0
  for (const segment of marked) {
    if (segment.from - at > near) all.push({ from: at, to: segment.from, label: undefined })
    all.push(segment)
    at = Math.max(at, segment.to)
  }
  if (marked.length > 0 && rows - at > near) all.push({ from: at, to: rows, label: undefined })
  return all
}

/** The penalty whose changes fit best; of several that do the middle one. */
function bestPenalty(examples: readonly Example[], signal: AbortSignal): number {
  const qualities = penalties.map(penalty => {
    signal.throwIfAborted()
    return qualityOf(penalty, examples)
  })
  const best = Math.max(...qualities)
  const fitting = penalties.filter((_, at) => qualities[at] === best)
  return fitting[fitting.length >> 1] ?? 3
}

/** How well changes that are found fit those that people marked: F1, 0–1. */
function qualityOf(penalty: number, examples: readonly Example[]): number {
  let [right, found, marked] = [0, 0, 0]
  for (const { series, changes } of examples) {
    const rows = findChangePoints(
      series.channels.map(({ values }) => values),
      penalty,
    ).map(({ row }) => row)
    const near = tolerance(series)
    const open = new Set(changes)
    for (const row of rows) {
      const match = [...open].find(change => Math.abs(change - row) <= near)
      if (match !== undefined && open.delete(match)) right += 1
    }
    found += rows.length
    marked += changes.length
  }
  return found + marked === 0 ? 1 : (2 * right) / (found + marked)
}

/** Rows by which a mark of a hand may miss. */
function tolerance({ stamps }: Series): number {
  return Math.max(3, Math.round(stamps.length / 100))
}
