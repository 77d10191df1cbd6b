/** How a pool is opened: how many workers, and how many threads a session in each may use. */
export interface PoolShape {
  readonly workers: number
  readonly threads: number
}

/** One row of the table. */
export interface Setting extends PoolShape {
  /** Tasks of a request, all of which one worker gets in a run. */
  readonly batch: number
}

/**
 * The pools to compare: each number of workers with each number of threads. Without `threads` the workers share the cores out, as those of
 * a server do.
 *
 * @param workers default: one, all cores, half and a quarter of them
 */
export function poolShapes(
  {
    workers,
    threads,
  }: { readonly workers?: readonly number[] | undefined; readonly threads?: readonly number[] | undefined },
  cores: number,
): PoolShape[] {
  return (workers ?? someOf(cores)).flatMap(count =>
    (threads ?? [Math.max(1, Math.floor(cores / count))]).map(each => ({ workers: count, threads: each })),
  )
}

function someOf(cores: number): number[] {
  const counts = [1, cores / 4, cores / 2, cores].map(count => Math.max(1, Math.floor(count)))
  return [...new Set(counts)]
}

/** Such as `2 workers × 1 thread`. */
export function shapeName({ workers, threads }: PoolShape): string {
  return `${workers} worker${workers === 1 ? '' : 's'} × ${threads} thread${threads === 1 ? '' : 's'}`
}
