import sharp from 'sharp'

/** What a picture looks like from afar: the colours of 8 x 8 squares, 0–1 each. */
export async function featuresOf(file: string): Promise<number[]> {
  const pixels = await sharp(file)
    .autoOrient()
    .flatten()
    .toColourspace('srgb')
    .resize(8, 8, { fit: 'fill' })
    .raw()
    .toBuffer()
  return [...pixels].map(value => value / 255)
}

/** The mean of all pictures that have a label. */
export interface Mean {
  readonly label: string
  readonly count: number
  readonly features: readonly number[]
}

/** Adds what one picture teaches. */
export function learn(means: readonly Mean[], features: readonly number[], label: string): Mean[] {
  const others = means.filter(mean => mean.label !== label)
  const before = means.find(mean => mean.label === label) ?? { count: 0, features: features.map(() => 0) }
  const count = before.count + 1
  const mean = before.features.map((value, at) => value + ((features[at] ?? 0) - value) / count)
  return [...others, { label, count, features: mean }]
}

/** The label whose mean is nearest, and how sure that is, 0–1; undefined without means. */
export function classify(
  means: readonly Mean[],
  features: readonly number[],
): { label: string; score: number } | undefined {
  const distances = means.map(mean => Math.hypot(...mean.features.map((value, at) => value - (features[at] ?? 0))))
  const nearest = Math.min(...distances)
  const mean = means[distances.indexOf(nearest)]
  const sum = distances.reduce((total, distance) => total + Math.exp(nearest - distance), 0)
  return mean === undefined ? undefined : { label: mean.label, score: 1 / sum }
}
