import { seededRandom } from './seeded-random.ts'

export interface ShuffleOptions {
  /** Another seed gives another order. Default: 1. */
  readonly seed?: number
  /** Items that are held at a time. Up to so many items every order is equally likely; of more, an item comes at most this far too early. Default: 10,000. */
  readonly bufferSize?: number
}

/**
 * Items in an order that looks random: the same for the same seed, on every engine, in constant memory.
 *
 * @example
 * for await (const item of shuffle(items, { seed: 7 })) learn(item)
 */
export async function* shuffle<T>(
  items: AsyncIterable<T> | Iterable<T>,
  { seed = 1, bufferSize = 10_000 }: ShuffleOptions = {},
): AsyncGenerator<T> {
  const random = seededRandom(seed)
  const held: T[] = []
  for await (const item of items) {
    held.push(item)
    if (held.length > bufferSize) yield take(held, random)
  }
  while (held.length > 0) yield take(held, random)
}

function take<T>(held: T[], random: () => number): T {
  const place = Math.floor(random() * held.length)
  const item = held[place] as T
  const last = held.pop() as T
  if (place < held.length) held[place] = last
  return item
}
