import type { TrainFn } from '@htx/core'

/** Reads its items and returns resources of the scripted model. */
export const train: TrainFn = async items => {
  let count = 0
  for await (const _ of items) count += 1
  return { score: 0.5, count }
}
