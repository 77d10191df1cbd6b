/*
 * Where the level of a series changes: the segments whose squared distance from their own means, plus a penalty for each change, is least.
 * PELT finds them exactly. Source: Killick, Fearnhead, Eckley, "Optimal detection of changepoints with a linear computational cost", 2012.
 */

/** A change of level. */
export interface ChangePoint {
  /** First row after the change. */
  readonly row: number
  /** How much better two levels explain the rows around it than one, in units of the penalty; above 1. */
  readonly gain: number
}

/** A segment is at least this long: what is shorter is an outlier. Rows, or blocks of a long series. */
const shortest = 5
/** Longer series are searched in blocks of rows, and the changes then found to the row. */
const mostBlocks = 2_000

/**
 * Finds the changes of level of channels of equal length.
 *
 * @param penalty what a change must explain to count, in units of the noise; 3 suits noise that is independent from row to row
 */
export function findChangePoints(channels: readonly Float64Array[], penalty: number): ChangePoint[] {
  const rows = channels[0]?.length ?? 0
  if (rows < 2 * shortest) return []
  const scaled = channels.map(inUnitsOfNoise)
  const price = penalty * channels.length * Math.log(rows)
  const size = Math.ceil(rows / mostBlocks)
  // The mean of a block has less noise than a row, and counts for as many rows.
  const blocks = size === 1 ? scaled : scaled.map(values => blockMeans(values, size))
  const found = pelt(costOf(blocks), blocks[0]?.length ?? 0, price).map(block => block * size)
  const cost = costOf(scaled)
  const exact =
    size === 1
      ? found
      : found.map((row, at) => nearestSplit(cost, row, size, found[at - 1] ?? 0, found[at + 1] ?? rows))
  return worthTheirPrice(exact, rows, cost, price)
}

/** Gains of changes. Those that lie in the block where another one does explain nothing more, and go: the least first. */
function worthTheirPrice(rows: readonly number[], end: number, cost: Cost, price: number): ChangePoint[] {
  const changes = rows.map((row, at) => {
    const [from, to] = [rows[at - 1] ?? 0, rows[at + 1] ?? end]
    return { row, gain: (cost(from, to) - cost(from, row) - cost(row, to)) / price }
  })
  const least = changes.reduce<ChangePoint | undefined>(
    (a, b) => (a !== undefined && a.gain <= b.gain ? a : b),
    undefined,
  )
  if (least === undefined || least.gain > 1) return changes
  return worthTheirPrice(
    rows.filter(row => row !== least.row),
    end,
    cost,
    price,
  )
}

/** Squared distance of rows from their mean, over all channels. @param to exclusive */
type Cost = (from: number, to: number) => number

function costOf(channels: readonly Float64Array[]): Cost {
  const sums = channels.map(values => runningSums(values, value => value))
  const squares = channels.map(values => runningSums(values, value => value * value))
  return (from, to) => {
    let cost = 0
    for (let channel = 0; channel < channels.length; channel += 1) {
      const [sum, square] = [sums[channel] as Float64Array, squares[channel] as Float64Array]
      const total = (sum[to] as number) - (sum[from] as number)
      cost += (square[to] as number) - (square[from] as number) - (total * total) / (to - from)
    }
    return cost
  }
}

/** @returns first places after each change */
function pelt(cost: Cost, length: number, price: number): number[] {
  /** The least cost of all up to a place, and the change before it. */
  const least = new Float64Array(length + 1).fill(Number.POSITIVE_INFINITY)
  const before = new Int32Array(length + 1)
  least[0] = -price
  let candidates: number[] = []
  for (let place = shortest; place <= length; place += 1) {
    const checked = place - shortest
    if (checked === 0 || checked >= shortest) candidates.push(checked)
    for (const candidate of candidates) {
      const total = (least[candidate] as number) + cost(candidate, place) + price
      if (total >= (least[place] as number)) continue
      least[place] = total
      before[place] = candidate
    }
    // What was worse than a change at a place that may have one by now stays worse.
    candidates = candidates.filter(
      candidate =>
        candidate >= checked || (least[candidate] as number) + cost(candidate, checked) <= (least[checked] as number),
    )
  }
  const changes: number[] = []
  for (let place = before[length] ?? 0; place > 0; place = before[place] ?? 0) changes.unshift(place)
  return changes
}

/** The best row for a change near a block's edge. */
function nearestSplit(cost: Cost, row: number, size: number, from: number, to: number): number {
  let best = row
  let least = Number.POSITIVE_INFINITY
  for (let at = Math.max(from + 1, row - size); at <= Math.min(to - 1, row + size); at += 1) {
    const total = cost(from, at) + cost(at, to)
    if (total >= least) continue
    least = total
    best = at
  }
  return best
}

/** Divides by the noise, which the steps between neighbours show: changes of level are few among them. */
function inUnitsOfNoise(values: Float64Array): Float64Array {
  const steps = values.subarray(1).map((value, at) => Math.abs(value - (values[at] as number)))
  const middle = mean(values)
  // More than half of the steps are 0 where values repeat: then all of them say it.
  const typical = steps.toSorted()[steps.length >> 1] || 0
  const step = typical > 0 ? typical / 0.6745 : Math.sqrt(mean(steps.map(size => size * size)))
  const noise = step / Math.SQRT2 || 1
  return values.map(value => (value - middle) / noise)
}

/** Means of blocks of rows, times the root of their size: in units of their noise again. The last rows that fill no block are left out. */
function blockMeans(values: Float64Array, size: number): Float64Array {
  const blocks = new Float64Array(Math.floor(values.length / size))
  return blocks.map((_, at) => mean(values.subarray(at * size, (at + 1) * size)) * Math.sqrt(size))
}

function runningSums(values: Float64Array, of: (value: number) => number): Float64Array {
  const sums = new Float64Array(values.length + 1)
  for (const [at, value] of values.entries()) sums[at + 1] = (sums[at] as number) + of(value)
  return sums
}

function mean(values: Float64Array): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length
}
