/**
 * Softmax regression over embeddings, JSON: one vector a label. Without any example a label's vector is the embedding of its name, so
 * that the label that sounds most like the text wins; examples move the vectors from there.
 */
export interface Head {
  readonly labels: readonly string[]
  /** One row a label, in the order of `labels`. */
  readonly vectors: readonly (readonly number[])[]
}

export interface Example {
  readonly vector: readonly number[]
  readonly label: string
}

/** Dot products of unit vectors lie in a narrow range; ten times that makes probabilities that are about as often right as they say. */
const sharpness = 10
const epochs = 300
const learningRate = 1
/** Draws vectors back to the names: there are far more numbers in them than examples. */
const decay = 0.02

/** Learns by full-batch gradient descent from the names on: the same examples give the same head. */
export function trainHead(names: Head, examples: readonly Example[]): Head {
  const vectors = names.vectors.map(vector => [...vector])
  const targets = examples.map(({ label }) => names.labels.indexOf(label))
  for (let epoch = 0; epoch < epochs; epoch += 1) {
    const guesses = examples.map(({ vector }) => probabilities(vectors, vector))
    for (const [place, vector] of vectors.entries()) {
      pull(vector, names.vectors[place] ?? [], learningRate * decay)
      for (const [row, { vector: seen }] of examples.entries()) {
        const error = (targets[row] === place ? 1 : 0) - (guesses[row]?.[place] ?? 0)
        add(vector, seen, (learningRate * error) / examples.length)
      }
    }
  }
  return { labels: names.labels, vectors }
}

/** The likeliest label and its probability, 0–1; undefined when there are none. */
export function classify(
  { labels, vectors }: Head,
  vector: readonly number[],
): { label: string; score: number } | undefined {
  const all = probabilities(vectors, vector)
  const score = Math.max(...all)
  const label = labels[all.indexOf(score)]
  return label === undefined ? undefined : { label, score }
}

/** Share of the examples that are classified right, 0–1. */
export function accuracyOf(head: Head, examples: readonly Example[]): number {
  const right = examples.filter(({ vector, label }) => classify(head, vector)?.label === label).length
  return right / Math.max(1, examples.length)
}

/**
 * How often a head is right about examples that it has not learned from: each tenth is asked of a head that learned from the others. Of ten
 * examples that is one after the other.
 */
export function crossValidate(names: Head, examples: readonly Example[], folds = 10): number {
  const count = Math.min(folds, examples.length)
  let right = 0
  for (let fold = 0; fold < count; fold += 1) {
    const held = examples.filter((_, place) => place % count === fold)
    const others = examples.filter((_, place) => place % count !== fold)
    right += accuracyOf(trainHead(names, others), held) * held.length
  }
  return right / Math.max(1, examples.length)
}

function probabilities(vectors: readonly (readonly number[])[], vector: readonly number[]): number[] {
  const scores = vectors.map(own => sharpness * dot(own, vector))
  const highest = Math.max(...scores)
  const powers = scores.map(score => Math.exp(score - highest))
  const total = powers.reduce((sum, power) => sum + power, 0)
  return powers.map(power => power / total)
}

// Plain loops: these three run some ten million times in a training.

function dot(a: readonly number[], b: readonly number[]): number {
  let product = 0
  for (let at = 0; at < a.length; at += 1) product += (a[at] as number) * (b[at] as number)
  return product
}

function add(vector: number[], other: readonly number[], share: number): void {
  for (let at = 0; at < vector.length; at += 1) vector[at] = (vector[at] as number) + share * (other[at] as number)
}

function pull(vector: number[], towards: readonly number[], share: number): void {
  for (let at = 0; at < vector.length; at += 1) {
    const value = vector[at] as number
    vector[at] = value + share * ((towards[at] as number) - value)
  }
}
