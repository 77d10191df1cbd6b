/** Runs work when one of the places is free. @throws the reason of `signal` when it aborts before that; what `work` throws */
export type Limited = <T>(work: () => Promise<T>, signal: AbortSignal) => Promise<T>

/** Lets at most `places` pieces of work run at once; the others wait in order. */
export function limitConcurrency(places: number): Limited {
  let free = places
  const waiting = new Set<() => void>()

  return async (work, signal) => {
    await enter(signal)
    try {
      return await work()
    } finally {
      leave()
    }
  }

  function enter(signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      if (signal.aborted) return reject(signal.reason)
      if (free > 0) {
        free -= 1
        return resolve()
      }
      const onAbort = () => {
        waiting.delete(start)
        reject(signal.reason)
      }
      const start = () => {
        signal.removeEventListener('abort', onAbort)
        resolve()
      }
      waiting.add(start)
      signal.addEventListener('abort', onAbort, { once: true })
    })
  }

  /** Hands the place on, or back. */
  function leave(): void {
    const [next] = waiting
    if (next === undefined) {
      free += 1
      return
    }
    waiting.delete(next)
    next()
  }
}
