import { messageOf } from '@htx/core'

/** Something that may not be there yet, or not any more when it is wanted: a file on a full disk, or one that another process has locked. */
export interface Kept<T> {
  /** Undefined until it could be opened. */
  readonly current: T | undefined
  /** Why it could not be opened the last time. */
  readonly problem: string | undefined
  /** Resolves when it was tried once, however that ended. */
  readonly firstAttempt: Promise<void>
  /** What is open is of no use any more: it is let go, and opened anew. */
  lose(problem: string): void
  /** Tries no more. @returns what is open, for its end */
  stop(): Promise<T | undefined>
}

export interface KeepOpeningSettings<T> {
  open(): Promise<T>
  /** Ends what was lost. */
  abandon(lost: T): void
  /** The first time, and whenever the reason is another one. */
  onProblem(problem: string): void
  /** When it could be opened after all. */
  onOpen(): void
  /** Pause between two attempts, milliseconds. */
  readonly retryMs: number
}

/** Opens something; where that fails, it is tried again and again while everything else goes on. */
export function keepOpening<T>(settings: KeepOpeningSettings<T>): Kept<T> {
  const { open, abandon, onProblem, onOpen, retryMs } = settings
  let current: T | undefined
  let problem: string | undefined
  let timer: NodeJS.Timeout | undefined
  let isStopped = false
  let attempt = attemptOnce()
  return {
    firstAttempt: attempt,
    get current() {
      return current
    },
    get problem() {
      return problem
    },
    lose(reason) {
      if (current === undefined || isStopped) return
      abandon(current)
      current = undefined
      problem = reason
      onProblem(reason)
      schedule()
    },
    async stop() {
      isStopped = true
      clearTimeout(timer)
      await attempt
      return current
    },
  }

  async function attemptOnce(): Promise<void> {
    try {
      current = await open()
      if (problem !== undefined) onOpen()
      problem = undefined
    } catch (error) {
      const reason = messageOf(error)
      if (reason !== problem) onProblem(reason)
      problem = reason
      if (!isStopped) schedule()
    }
  }

  function schedule(): void {
    timer = setTimeout(() => {
      attempt = attemptOnce()
    }, retryMs)
    timer.unref()
  }
}
