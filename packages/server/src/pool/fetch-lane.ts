import type { FetchedInput } from '@htx/core'
import type { PredictRequest } from './predict-request.ts'

/** A request whose files are being fetched, or lie ready for its tasks. */
export interface Fetching {
  readonly request: PredictRequest
  readonly lane: FetchLane
  /** First task that the thread has not been given. */
  next: number
  /** Those that the thread has. */
  readonly pieces: Map<number, FetchPiece>
  /** What lies ready, by task. */
  readonly held: Map<number, FetchedFiles>
}

export type FetchedFiles = Extract<FetchedInput, { readonly paths: unknown }>

/** Consecutive tasks of a request that the thread is given together. */
export interface FetchPiece {
  readonly fetching: Fetching
  readonly from: number
  readonly to: number
  /** Tasks whose files the thread has not reported yet. */
  tasksLeft: number
}

/**
 * Requests with tasks that the thread has not been given: in turns, so that a large one does not hold up the others. The thread is given a little
 * more than it can fetch at once.
 */
export class FetchLane {
  readonly #downloadsAtOnce: number
  readonly #waiting = new Set<Fetching>()
  /** Tasks that the thread has. */
  #tasksUnderWay = 0

  constructor(downloadsAtOnce: number) {
    this.#downloadsAtOnce = downloadsAtOnce
  }

  add(fetching: Fetching): void {
    this.#waiting.add(fetching)
  }

  /** Takes a piece of the request whose turn it is; undefined when none waits, or the thread has enough. */
  take(): FetchPiece | undefined {
    const [fetching] = this.#waiting
    if (fetching === undefined) return undefined
    const from = fetching.next
    const left = fetching.request.job.body.taskCount - from
    const room = 2 * this.#downloadsAtOnce - this.#tasksUnderWay
    const tasks = Math.min(room, left, this.#downloadsAtOnce)
    // A piece of a large request repeats all that is around its tasks: small ones would cost more than they bring.
    if (tasks <= 0 || (tasks < left && 2 * tasks < this.#downloadsAtOnce)) return undefined
    fetching.next += tasks
    this.#tasksUnderWay += tasks
    this.#waiting.delete(fetching)
    if (tasks < left) this.#waiting.add(fetching)
    return { fetching, from, to: fetching.next, tasksLeft: tasks }
  }

  /** The thread has fetched a task of a piece. */
  complete(piece: FetchPiece): void {
    piece.tasksLeft -= 1
    this.#tasksUnderWay -= 1
  }

  /** Nobody waits for a request any more. */
  remove(fetching: Fetching): void {
    this.#waiting.delete(fetching)
    for (const { tasksLeft } of fetching.pieces.values()) this.#tasksUnderWay -= tasksLeft
  }

  /** The thread is lost, with all that it had. */
  clear(): void {
    this.#waiting.clear()
    this.#tasksUnderWay = 0
  }
}
