import { setMaxListeners } from 'node:events'

/** Work that several callers wait for, by key. */
export interface SharedWork<T> {
  /**
   * Joins the work of this key, or starts it.
   *
   * @param work its signal aborts when every caller has given up
   * @param signal gives this caller's wait up
   * @throws the reason of `signal`; what `work` throws
   */
  join(key: string, work: (signal: AbortSignal) => Promise<T>, signal?: AbortSignal): Promise<T>
  /** Aborts all work and waits until it has ended. */
  stop(reason: Error): Promise<void>
}

interface Run<T> {
  readonly result: Promise<T>
  readonly controller: AbortController
  callers: number
}

export function openSharedWork<T>(): SharedWork<T> {
  /** What a new caller may join. */
  const open = new Map<string, Run<T>>()
  /** Also what has been given up and has not ended yet. */
  const running = new Set<Run<T>>()

  return { join, stop }

  function join(key: string, work: (signal: AbortSignal) => Promise<T>, signal?: AbortSignal): Promise<T> {
    if (signal?.aborted) return Promise.reject(signal.reason)
    const run = open.get(key) ?? start(key, work)
    run.callers += 1
    return new Promise((resolve, reject) => {
      const leave = () => {
        reject(signal?.reason)
        run.callers -= 1
        if (run.callers > 0) return
        close(key, run)
        run.controller.abort(signal?.reason)
      }
      // All files of a batch wait on one signal; Node 20 takes more than ten for a leak and warns.
      if (signal !== undefined) setMaxListeners(0, signal)
      signal?.addEventListener('abort', leave, { once: true })
      run.result.then(resolve, reject).finally(() => signal?.removeEventListener('abort', leave))
    })
  }

  function start(key: string, work: (signal: AbortSignal) => Promise<T>): Run<T> {
    const controller = new AbortController()
    const run: Run<T> = { result: work(controller.signal), controller, callers: 0 }
    open.set(key, run)
    running.add(run)
    const end = () => {
      close(key, run)
      running.delete(run)
    }
    run.result.then(end, end)
    return run
  }

  function close(key: string, run: Run<T>): void {
    // A new caller may have started the same work again.
    if (open.get(key) === run) open.delete(key)
  }

  async function stop(reason: Error): Promise<void> {
    for (const run of running) run.controller.abort(reason)
    await Promise.allSettled([...running].map(run => run.result))
  }
}
