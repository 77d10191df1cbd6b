import type { DataItem } from '@htx/core'

/** A map of more would weigh on the training; files are mostly resolved soon after their item has come. */
const mostValues = 100_000

/** Which task holds a value that names a file in a cloud: Label Studio signs addresses for tasks. */
export interface TaskOwners {
  remember(item: DataItem): void
  of(value: string): DataItem['id'] | undefined
}

export function openTaskOwners(): TaskOwners {
  const owners = new Map<string, DataItem['id']>()
  return {
    remember({ id, input }) {
      for (const value of input.flat()) {
        if (typeof value !== 'string' || !/^(s3|gs|azure-blob):/i.test(value)) continue
        owners.set(value, id)
        if (owners.size > mostValues) owners.delete(owners.keys().next().value as string)
      }
    },
    of: value => owners.get(value),
  }
}
