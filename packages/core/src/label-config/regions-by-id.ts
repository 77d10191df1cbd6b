import { isRecord } from './rules/rule.ts'

/** Entries of a result that share an id are one region in the editor. */
export type RegionsById = ReadonlyMap<string, readonly Readonly<Record<string, unknown>>[]>

/** The entries of a result by their ids, in order, without relations and without those that have none. */
export function regionsById(result: readonly unknown[]): RegionsById {
  const byId = new Map<string, Record<string, unknown>[]>()
  for (const entry of result) {
    if (!isRecord(entry) || entry.type === 'relation' || typeof entry.id !== 'string') continue
    const same = byId.get(entry.id)
    if (same === undefined) byId.set(entry.id, [entry])
    else same.push(entry)
  }
  return byId
}
