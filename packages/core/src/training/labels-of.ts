import type { Region } from '../wire/region.ts'

interface Labelled {
  readonly output: readonly Region[]
}

/**
 * The labels or choices that stand in the regions of an item, in their order, repeated as often as they do. Of a taxonomy the last step of each path.
 *
 * @example
 * const [label] = labelsOfItem(item)
 */
export function labelsOfItem({ output }: Labelled): string[] {
  return output.flatMap(({ type, value }) => {
    const given = value[type] ?? value.labels
    const list = Array.isArray(given) ? given : [given]
    return list.flatMap(label => {
      const last: unknown = Array.isArray(label) ? label.at(-1) : label
      return typeof last === 'string' ? [last] : []
    })
  })
}

/** Which labels or choices occur in items, and how often; by name, in an order that does not depend on that of the items. */
export async function labelsOf(items: AsyncIterable<Labelled> | Iterable<Labelled>): Promise<Map<string, number>> {
  const counts = new Map<string, number>()
  for await (const item of items) {
    for (const label of labelsOfItem(item)) counts.set(label, (counts.get(label) ?? 0) + 1)
  }
  return new Map([...counts].sort(([a], [b]) => (a < b ? -1 : 1)))
}
