import { wordsOf } from './lexicon.ts'

/** Multinomial logistic regression over hashed words. */
export interface Classifier {
  readonly labels: string[]
  /** One row a label: a weight a bucket, the bias last. */
  readonly weights: ArrayLike<number>[]
}

const buckets = 4096
const epochs = 20
const learningRate = 0.5

/** Learns by stochastic gradient descent, in a fixed order, so that the same examples give the same weights. */
export function trainClassifier(
  examples: readonly { readonly text: string; readonly label: string }[],
  progress: (fraction: number) => void,
): Classifier {
  const labels = [...new Set(examples.map(({ label }) => label))].sort()
  const rows = labels.map((): number[] => new Array(buckets + 1).fill(0))
  const classifier: Classifier = { labels, weights: rows }
  const seen = examples.map(({ text, label }) => ({ features: featuresOf(text), target: labels.indexOf(label) }))
  for (let epoch = 0; epoch < epochs; epoch += 1) {
    const rate = learningRate / (1 + epoch)
    for (const place of shuffled(seen.length, epoch)) {
      const { features, target } = seen[place] as (typeof seen)[number]
      for (const [row, probability] of probabilitiesOf(classifier, features).entries()) {
        const weights = rows[row] as number[]
        const step = rate * ((row === target ? 1 : 0) - probability)
        for (const [bucket, value] of features) weights[bucket] = (weights[bucket] ?? 0) + step * value
      }
    }
    progress((epoch + 1) / epochs)
  }
  return classifier
}

/** The likeliest label and its probability; undefined when there are none. */
export function classify(classifier: Classifier, text: string): { label: string; score: number } | undefined {
  const probabilities = probabilitiesOf(classifier, featuresOf(text))
  const best = probabilities.indexOf(Math.max(...probabilities))
  const label = classifier.labels[best]
  return label === undefined ? undefined : { label, score: probabilities[best] ?? 0 }
}

/** Words by bucket, of unit length, and a bias. */
function featuresOf(text: string): Map<number, number> {
  const counts = new Map<number, number>()
  for (const word of wordsOf(text)) counts.set(bucketOf(word), (counts.get(bucketOf(word)) ?? 0) + 1)
  const length = Math.hypot(...counts.values()) || 1
  const features = new Map([...counts].map(([bucket, count]) => [bucket, count / length]))
  return features.set(buckets, 1)
}

function probabilitiesOf({ weights }: Classifier, features: ReadonlyMap<number, number>): number[] {
  const scores = weights.map(row => {
    let score = 0
    for (const [bucket, value] of features) score += (row[bucket] ?? 0) * value
    return score
  })
  const highest = Math.max(...scores)
  const powers = scores.map(score => Math.exp(score - highest))
  const sum = powers.reduce((total, power) => total + power, 0)
  return powers.map(power => power / sum)
}

/** FNV-1a. */
function bucketOf(word: string): number {
  let hash = 0x811c9dc5
  for (let at = 0; at < word.length; at += 1) hash = Math.imul(hash ^ word.charCodeAt(at), 0x01000193)
  return (hash >>> 0) % buckets
}

/** Fisher-Yates with a small generator of its own: engines sort differently by a random comparison. */
function shuffled(length: number, seed: number): number[] {
  const order = Array.from({ length }, (_, place) => place)
  let state = seed + 1
  for (let place = length - 1; place > 0; place -= 1) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    const other = state % (place + 1)
    ;[order[place], order[other]] = [order[other] as number, order[place] as number]
  }
  return order
}
