/** Softmax regression over standardised features; JSON. */
export interface Head {
  readonly labels: string[]
  /** Of each feature over the training pictures. */
  readonly mean: number[]
  readonly deviation: number[]
  /** One row a label: a weight a feature, the bias last. */
  readonly weights: number[][]
}

export interface Example {
  readonly features: ArrayLike<number>
  readonly label: string
}

const epochs = 200
const learningRate = 0.1
/** Draws weights to 0: there are more features than pictures. */
const decay = 0.001

/** Learns by full-batch gradient descent: the same pictures give the same weights. */
export function trainHead(examples: readonly Example[]): Head {
  const labels = [...new Set(examples.map(({ label }) => label))].sort()
  const size = examples[0]?.features.length ?? 0
  const mean = column(size, at => average(examples.map(({ features }) => features[at] ?? 0)))
  const deviation = column(size, at =>
    Math.max(1e-6, Math.sqrt(average(examples.map(({ features }) => ((features[at] ?? 0) - (mean[at] ?? 0)) ** 2)))),
  )
  const head: Head = { labels, mean, deviation, weights: labels.map(() => new Array(size + 1).fill(0)) }
  const rows = examples.map(({ features, label }) => ({
    row: standardise(head, features),
    target: labels.indexOf(label),
  }))
  for (let epoch = 0; epoch < epochs; epoch += 1) {
    const steps = labels.map(() => new Array<number>(size + 1).fill(0))
    for (const { row, target } of rows) {
      for (const [label, probability] of probabilities(head, row).entries()) {
        const error = (label === target ? 1 : 0) - probability
        const step = steps[label] as number[]
        for (const [at, value] of row.entries()) step[at] = (step[at] ?? 0) + error * value
      }
    }
    for (const [label, weights] of head.weights.entries()) {
      for (const at of weights.keys()) {
        const slope = (steps[label]?.[at] ?? 0) / rows.length - decay * (weights[at] ?? 0)
        weights[at] = (weights[at] ?? 0) + learningRate * slope
      }
    }
  }
  return head
}

/** The likeliest label, and how likely it is, 0–1. */
export function classify(head: Head, features: ArrayLike<number>): { readonly label: string; readonly score: number } {
  const all = probabilities(head, standardise(head, features))
  const score = Math.max(...all)
  return { label: head.labels[all.indexOf(score)] ?? '', score }
}

/** Share of examples that are classified right, 0–1. */
export function accuracyOf(head: Head, examples: readonly Example[]): number {
  return average(examples.map(({ features, label }) => Number(classify(head, features).label === label)))
}

function standardise({ mean, deviation }: Head, features: ArrayLike<number>): number[] {
  const row = mean.map((middle, at) => ((features[at] ?? 0) - middle) / (deviation[at] ?? 1))
  row.push(1)
  return row
}

function probabilities({ weights }: Head, row: readonly number[]): number[] {
  const scores = weights.map(own => row.reduce((sum, value, at) => sum + value * (own[at] ?? 0), 0))
  const highest = Math.max(...scores)
  const powers = scores.map(score => Math.exp(score - highest))
  const total = powers.reduce((sum, power) => sum + power, 0)
  return powers.map(power => power / total)
}

function column(size: number, value: (at: number) => number): number[] {
  return Array.from({ length: size }, (_, at) => value(at))
}

function average(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / Math.max(1, values.length)
}
