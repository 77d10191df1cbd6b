import { type Link, LinkedList } from './linked-list.ts'
import type { PredictRequest } from './predict-request.ts'

/** Timers of the runtimes take no more; a larger one would fire at once. */
const longestTimerMs = 2 ** 31 - 1

/** Requests that have no answer yet, oldest first, with one timer for the deadlines of all. */
export class Unanswered {
  readonly #requests = new LinkedList<PredictRequest>()
  readonly #onOverdue: (request: PredictRequest) => void
  #timer: NodeJS.Timeout | undefined
  #wakesAt = Number.POSITIVE_INFINITY

  /** @param onOverdue called at the deadline of a request that is still there */
  constructor(onOverdue: (request: PredictRequest) => void) {
    this.#onOverdue = onOverdue
  }

  get size(): number {
    return this.#requests.size
  }

  [Symbol.iterator](): Iterator<PredictRequest> {
    return this.#requests[Symbol.iterator]()
  }

  add(request: PredictRequest): Link<PredictRequest> {
    if (request.deadlineAt < this.#wakesAt) this.#wakeAt(request.deadlineAt)
    return this.#requests.push(request)
  }

  remove(link: Link<PredictRequest>): void {
    this.#requests.remove(link)
    if (this.#requests.size > 0) return
    clearTimeout(this.#timer)
    this.#wakesAt = Number.POSITIVE_INFINITY
  }

  #wakeAt(time: number): void {
    clearTimeout(this.#timer)
    this.#wakesAt = time
    // Timers may be early by a fraction of a millisecond.
    this.#timer = setTimeout(() => this.#check(), Math.min(longestTimerMs, Math.ceil(time - performance.now())))
  }

  #check(): void {
    const now = performance.now()
    let next = Number.POSITIVE_INFINITY
    for (const request of this.#requests) {
      if (request.deadlineAt <= now) this.#onOverdue(request)
      else next = Math.min(next, request.deadlineAt)
    }
    if (next < Number.POSITIVE_INFINITY) this.#wakeAt(next)
    else this.#wakesAt = next
  }
}
