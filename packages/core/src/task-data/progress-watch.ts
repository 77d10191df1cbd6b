import { unreachable } from './unreachable.ts'

export interface ProgressLimits {
  readonly idleTimeoutMs: number
  readonly timeoutMs: number
}

/** Gives a download up that stalls, lasts too long, or that nobody waits for. */
export interface ProgressWatch {
  /** Its reason says why. */
  readonly signal: AbortSignal
  sawBytes(): void
  /** Ends the timers, and whatever still listens to `signal`. */
  stop(): void
}

export function watchProgress(
  url: URL,
  { idleTimeoutMs, timeoutMs }: ProgressLimits,
  outer: AbortSignal,
): ProgressWatch {
  const controller = new AbortController()
  const giveUp = (why: string) => controller.abort(unreachable(url, why))
  const idle = setTimeout(() => giveUp(`no byte came for ${idleTimeoutMs} ms`), idleTimeoutMs)
  const whole = setTimeout(() => giveUp(`it was not complete after ${timeoutMs} ms`), timeoutMs)
  const onOuterAbort = () => controller.abort(outer.reason)
  outer.addEventListener('abort', onOuterAbort, { once: true })
  if (outer.aborted) onOuterAbort()

  return {
    signal: controller.signal,
    sawBytes: () => void idle.refresh(),
    stop: () => {
      clearTimeout(idle)
      clearTimeout(whole)
      outer.removeEventListener('abort', onOuterAbort)
      controller.abort()
    },
  }
}
