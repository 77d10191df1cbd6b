import { createHash } from 'node:crypto'

export interface SplitOptions<T> {
  /** Share of the keys that is held back, 0–1. Default: 0.2. */
  readonly validation?: number
  /** Another seed holds others back. Default: 1. */
  readonly seed?: number
  /** What belongs together: items with one key land on one side. Default: the item's `id`, so that annotations of one task do. */
  readonly by?: (item: T) => unknown
}

/**
 * True for a key that is held back for validation. It depends on the key and the seed alone: an item that is added moves no other, and a
 * stream can be split without holding it.
 */
export function isValidation(
  key: unknown,
  { validation = 0.2, seed = 1 }: { readonly validation?: number; readonly seed?: number } = {},
): boolean {
  return fractionOf(key, seed) < validation
}

/**
 * Splits items into those to learn from and those to check with. With two keys or more neither side is empty.
 *
 * @example
 * const { training, validation } = await splitItems(items)
 */
export async function splitItems<T extends { readonly id?: unknown }>(
  items: AsyncIterable<T> | Iterable<T>,
  { validation = 0.2, seed = 1, by = item => item.id }: SplitOptions<T> = {},
): Promise<{ training: T[]; validation: T[] }> {
  const byKey = new Map<string, T[]>()
  for await (const item of items) {
    const key = keyText(by(item))
    const same = byKey.get(key)
    if (same === undefined) byKey.set(key, [item])
    else same.push(item)
  }
  const ordered = [...byKey.keys()].sort((a, b) => fractionOf(a, seed) - fractionOf(b, seed))
  const wanted = ordered.filter(key => isValidation(key, { validation, seed })).length
  const count = validation <= 0 || validation >= 1 ? wanted : Math.max(1, Math.min(wanted, ordered.length - 1))
  const held = new Set(ordered.length < 2 && validation < 1 ? [] : ordered.slice(0, count))
  const sides = { training: [] as T[], validation: [] as T[] }
  for (const [key, same] of byKey) sides[held.has(key) ? 'validation' : 'training'].push(...same)
  return sides
}

function fractionOf(key: unknown, seed: number): number {
  const digest = createHash('sha256')
    .update(`${seed}:${keyText(key)}`)
    .digest()
  return digest.readUInt32BE(0) / 2 ** 32
}

function keyText(key: unknown): string {
  return typeof key === 'string' ? key : (JSON.stringify(key) ?? 'undefined')
}
