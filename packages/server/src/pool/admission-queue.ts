import { HtxError } from '@htx/core'
import { LinkedList } from './linked-list.ts'
import type { Piece, PredictRequest } from './predict-request.ts'

export interface AdmissionLimits {
  /** Tasks that may wait, over all requests. One larger request is let in when nothing else waits. */
  readonly queueTasks: number
  /** Most tasks of one run, unless more are worth it. */
  readonly batchTasks: number
  /** Most requests of one run. */
  readonly batchRequests: number
}

/** How a slot shares what is ready with others. */
export interface Sharing {
  /** Slots that share, this one included. */
  readonly sharers: number
  /** So many are not worth waking another slot for, nor coming back for more. */
  readonly worthTasks: number
  /** Most tasks of a run that nobody in the editor waits for, unless more are worth it. */
  readonly batchTasks: number
}

/** Requests that have tasks to dispatch now, oldest first, with their tasks counted. */
class Lane {
  readonly requests = new LinkedList<PredictRequest>()
  /** Of all requests that were admitted. */
  waitingTasks = 0
  /** Those of them that can be dispatched now. */
  readyTasks = 0
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

  /** Tasks that wait for a slot, or for their files before that. */
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

  /** More tasks of a request that waits are ready. */
  offer(request: PredictRequest): void {
    if (request.queuedTasks === 0) return
    const lane = this.#laneOf(request)
    const ready = request.readyTasks
    lane.readyTasks += ready - request.offeredTasks
    request.offeredTasks = ready
    if (ready > 0) enqueue(lane, request)
  }

  /** Forgets a request: its client has gone, or its time is over. */
  remove(request: PredictRequest): void {
    const lane = this.#laneOf(request)
    dequeue(lane, request)
    lane.waitingTasks -= request.queuedTasks
    lane.readyTasks -= request.offeredTasks
    request.queuedTasks = 0
    request.offeredTasks = 0
  }

  /**
   * Takes what a free slot should do now.
   *
   * @param serves whether this slot has the version that a request needs
   */
  take(sharing: Sharing, serves: (versionKey: string) => boolean): Piece[] {
    const { batchTasks } = this.#limits
    const urgent = this.#takeFrom(this.#interactive, { ...sharing, batchTasks }, serves)
    return urgent.length > 0 ? urgent : this.#takeFrom(this.#batch, sharing, serves)
  }

  #takeFrom(lane: Lane, sharing: Sharing, serves: (versionKey: string) => boolean): Piece[] {
    const { batchRequests } = this.#limits
    const share = Math.ceil(lane.readyTasks / sharing.sharers)
    let room = Math.max(1, sharing.worthTasks, Math.min(mostOfPiece(lane, sharing), share))
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
      request.offeredTasks -= tasks
      lane.waitingTasks -= tasks
      lane.readyTasks -= tasks
      dequeue(lane, request)
      if (request.offeredTasks > 0) unfinished.push(request)
      if (piece.alone) break
    }
    for (const request of unfinished) enqueue(lane, request)
    return pieces
  }

  #add(request: PredictRequest): void {
    const lane = this.#laneOf(request)
    request.queuedTasks = request.undispatchedTasks
    lane.waitingTasks += request.queuedTasks
    this.offer(request)
  }

  #laneOf(request: PredictRequest): Lane {
    return request.job.body.envelope.isInteractive ? this.#interactive : this.#batch
  }
}

/**
 * A request that is alone is cut into pieces of one size, as many as its slots do in whole turns: else some of them do one more while the others wait.
 * Its slots are those that were free for it at first: others have other work, and would leave all of its small pieces to one.
 */
function mostOfPiece({ requests }: Lane, { sharers, batchTasks }: Sharing): number {
  const { first } = requests
  if (first === undefined || requests.size > 1) return batchTasks
  first.sharers ??= sharers
  const { taskCount } = first.job.body
  const turns = Math.ceil(taskCount / (first.sharers * batchTasks))
  return Math.ceil(taskCount / (first.sharers * turns))
}

function enqueue(lane: Lane, request: PredictRequest): void {
  request.queued ??= lane.requests.push(request)
}

function dequeue(lane: Lane, request: PredictRequest): void {
  if (request.queued !== undefined) lane.requests.remove(request.queued)
  request.queued = undefined
}
