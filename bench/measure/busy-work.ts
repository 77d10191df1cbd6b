import { compute } from '../models/timed.ts'

/** How many steps of `compute` take a millisecond on a core of its own: the best of some tries, so that others' work does not count. */
export function iterationsPerMs(): number {
  const step = 1_000_000
  let best = Number.POSITIVE_INFINITY
  for (let attempt = 0; attempt < 50; attempt += 1) {
    const startedAt = performance.now()
    compute(step)
    best = Math.min(best, performance.now() - startedAt)
  }
  return Math.round(step / best)
}
