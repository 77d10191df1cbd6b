import { utimesSync } from 'node:fs'

/*
 * A file of the cache whose time of change lies ahead is in use until then, and stays: everybody on the directory sees it, and a lease of
 * somebody who ended ends by itself.
 */

/** Milliseconds since 1970, with fractions. */
export function now(): number {
  return performance.timeOrigin + performance.now()
}

/** Leases of files, of one holder. */
export interface Leases {
  /** Keeps a file for so long, or until it is released as often as it was taken. One that has gone stays gone. */
  take(path: string, forMs: number): void
  release(path: string): void
}

export function openLeases(): Leases {
  const held = new Map<string, { count: number; untilMs: number }>()

  return { take, release }

  function take(path: string, forMs: number): void {
    const { count, untilMs } = held.get(path) ?? { count: 0, untilMs: 0 }
    const lease = { count: count + 1, untilMs: Math.max(untilMs, now() + forMs) }
    held.set(path, lease)
    if (lease.untilMs > untilMs) write(path, lease.untilMs)
  }

  function release(path: string): void {
    const lease = held.get(path)
    if (lease === undefined) return
    lease.count -= 1
    if (lease.count > 0) return
    held.delete(path)
    write(path, now())
  }
}

/** At once: a turn through the thread pool would take longer. */
function write(path: string, untilMs: number): void {
  try {
    utimesSync(path, untilMs / 1000, untilMs / 1000)
  } catch {
    // It has gone; who needs it fetches it again.
  }
}
