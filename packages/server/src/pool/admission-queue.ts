import { HtxError } from '@htx/core'
import type { Piece, PredictRequest } from './predict-request.ts'

export interface AdmissionLimits {
  /** Tasks that may wait, over all requests. One larger request is let in when nothing else waits. */
  readonly queueTasks: number
  /** Most tasks of one run. */
  readonly batchTasks: number
  /** Most requests of one run. */
  readonly batchRequests: number
}

/** Requests that have tasks to dispatch, oldest first, with their tasks counted. */
class Lane {
  readonly requests = new Set<PredictRequest>()
  waitingTasks = 0
}

/**
 * The bounded queue in front of the pool, counted in tasks. Interactive requests overtake; large requests give way to
 * others after each piece, so that a batch of thousands does not hold up a single task.
 */
export class AdmissionQueue {
  readonly #limits: AdmissionLimits
  readonly #interactive = new Lane()
  readonly #batch = new Lane()

  constructor(limits: AdmissionLimits) {
    this.#limits = limits
  }

  /** Tasks that wait for a slot. */
  get waitingTasks(): number {
    return this.#interactive.waitingTasks + this.#batch.waitingTasks
  }

  /** @throws HtxError `HTX_QUEUE_FULL` */
  admit(request: PredictRequest): void {
    const waiting = this.waitingTasks
    const { taskCount } = request.job.body
    if (waiting > 0 && waiting + taskCount > this.#limits.queueTasks) {
      throw new HtxError(
        'HTX_QUEUE_FULL',
        `${waiting} tasks wait already; ${taskCount} more would pass the limit of ${this.#limits.queueTasks}. Try again, or raise --queue-tasks or --workers`,
        { retryAfterSeconds: 1 },
      )
    }
    this.#add(request)
  }

  /** A request whose worker was lost has tasks to dispatch again. */
  putBack(request: PredictRequest): void {
    this.remove(request)
    this.#add(request)
  }

  /** Forgets a request: its client has gone, or its time is over. */
  remove(request: PredictRequest): void {
    const lane = this.#laneOf(request)
    if (!lane.requests.delete(request)) return
    lane.waitingTasks -= request.queuedTasks
    request.queuedTasks = 0
  }

  /**
   * Takes what a free slot should do now.
   *
   * @param freeSlots slots without work, this one included: they share what waits
   * @param serves whether this slot has the version that a request needs
   */
  take(freeSlots: number, serves: (versionKey: string) => boolean): Piece[] {
    const urgent = this.#takeFrom(this.#interactive, freeSlots, serves)
    return urgent.length > 0 ? urgent : this.#takeFrom(this.#batch, freeSlots, serves)
  }

  #takeFrom(lane: Lane, freeSlots: number, serves: (versionKey: string) => boolean): Piece[] {
    const { batchTasks, batchRequests } = this.#limits
    let room = Math.max(1, Math.min(batchTasks, Math.ceil(lane.waitingTasks / freeSlots)))
    const pieces: Piece[] = []
    const unfinished: PredictRequest[] = []
    for (const request of lane.requests) {
      if (room <= 0 || pieces.length === batchRequests) break
      if (!serves(request.job.versionKey) || (request.nextGoesAlone && pieces.length > 0)) continue
      const piece = request.take(room)
      const tasks = piece.to - piece.from
      pieces.push(piece)
      room -= tasks
      request.queuedTasks -= tasks
      lane.waitingTasks -= tasks
      lane.requests.delete(request)
      if (request.queuedTasks > 0) unfinished.push(request)
      if (piece.alone) break
    }
    for (const request of unfinished) lane.requests.add(request)
    return pieces
  }

  #add(request: PredictRequest): void {
    const lane = this.#laneOf(request)
    request.queuedTasks = request.undispatchedTasks
    lane.waitingTasks += request.queuedTasks
    lane.requests.add(request)
  }

  #laneOf(request: PredictRequest): Lane {
    return request.job.body.envelope.isInteractive ? this.#interactive : this.#batch
  }
}
