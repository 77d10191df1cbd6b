import type { Metrics } from '@htx/core'

/** What changes while a job runs. */
export interface JobProgress {
  readonly fraction: number
  readonly message: string | undefined
  readonly metrics: Metrics | undefined
}

/** Progress is stored this often, milliseconds. */
const storeEveryMs = 1_000

/** How far a job is: told at once, stored now and then; the last word is stored with the end of the job. */
export class ProgressRecord {
  readonly #tell: (progress: JobProgress) => void
  readonly #store: (progress: JobProgress) => void
  #latest: JobProgress = { fraction: 0, message: undefined, metrics: undefined }
  /** By a clock that nobody sets. */
  #storedAt = Number.NEGATIVE_INFINITY

  constructor(tell: (progress: JobProgress) => void, store: (progress: JobProgress) => void) {
    this.#tell = tell
    this.#store = store
  }

  get latest(): JobProgress {
    return this.#latest
  }

  /** What is not said stays as it was. */
  say(fraction: number, message?: string, metrics?: Metrics): void {
    const before = this.#latest
    this.#latest = { fraction, message: message ?? before.message, metrics: metrics ?? before.metrics }
    this.#tell(this.#latest)
    if (performance.now() - this.#storedAt < storeEveryMs) return
    this.#storedAt = performance.now()
    this.#store(this.#latest)
  }
}
