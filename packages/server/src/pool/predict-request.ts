import { HtxError, type LabelStudioAddress, type PredictTimes, type Rejection } from '@htx/core'
import type { Link } from './linked-list.ts'
import type { AnsweredPiece, AnswerShape } from './messages.ts'
import type { PredictBody } from './predict-body.ts'
import { ReadyTasks } from './ready-tasks.ts'

/** What the pool needs to know of a request. */
export interface PredictJob {
  readonly body: PredictBody
  /** Which loaded version answers. */
  readonly versionKey: string
  readonly project: string | undefined
  readonly shape: AnswerShape
  /** Stands in for that of the body, where the body only has the binding of Label Studio 0.4–0.6. */
  readonly labelConfig?: string | undefined
  /** The Label Studio that asks, as far as it is known. */
  readonly caller?: LabelStudioAddress | undefined
  /** How long the answer may take, waiting included. Milliseconds. */
  readonly timeoutMs: number
  /** Called at once with what to call when the client has gone. */
  onGone?(cancel: () => void): void
  /** Set when the request is traced. */
  readonly watch?: PieceWatch | undefined
}

/** Hears what becomes of the pieces of a request. */
export interface PieceWatch {
  /** A worker gets it now. */
  taken(piece: Piece): void
  /** @param workMs from the worker's beginning of the run to its answer, which has just come */
  answered(piece: Piece, answer: AnsweredPiece, workMs: number): void
  /** The worker has no answer, or is lost; then its tasks may go again, as other pieces. */
  failed(piece: Piece, error: HtxError): void
}

/** What the pool answers. */
export interface PredictAnswer {
  /** JSON of the answers, comma-separated without brackets, in the order of the tasks. */
  readonly parts: readonly string[]
  readonly rejections: readonly Rejection[]
  /** Longest wait of a piece for a free slot, once its files were there, milliseconds. */
  readonly queueMs: number
  /** From admission until the last file was there, when files were fetched ahead, and its part of waiting for files in workers, milliseconds. */
  readonly resolveMs: number
  /** Its part of the workers' time in the model, summed over the pieces, milliseconds. */
  readonly modelMs: number
  /** The same of checking the predictions. */
  readonly checkMs: number
}

/** Some consecutive tasks of a request, dispatched together. */
export interface Piece {
  readonly request: PredictRequest
  readonly from: number
  readonly to: number
  /** Set after its first worker was lost: goes alone, so that it takes nobody with it again. */
  readonly alone: boolean
  /** Set when it has gone alone before. */
  readonly again?: boolean
}

/** How many workers one request may cost before it is given up. */
const maxLostWorkers = 3

/** A request on its way: what is not yet dispatched, what is answered. */
export class PredictRequest {
  readonly job: PredictJob
  readonly enqueuedAt = performance.now()
  readonly deadlineAt: number
  readonly answer: Promise<PredictAnswer>
  /** Which tasks may be dispatched. */
  readonly ready: ReadyTasks
  /** Its place in the admission queue, and its tasks that this counts as waiting, and as ready; the queue's own book-keeping. */
  queued: Link<PredictRequest> | undefined
  queuedTasks = 0
  offeredTasks = 0
  /** Slots that were free for it when it was first cut; undefined before. */
  sharers: number | undefined
  #resolve!: (answer: PredictAnswer) => void
  #reject!: (error: unknown) => void
  #settled = false
  #retries: Piece[] = []
  #parts: { from: number; text: string }[] = []
  #answered = 0
  #rejections: Rejection[] = []
  #lostWorkers = 0
  #queueMs = 0
  #resolveMs = 0
  #modelMs = 0
  #checkMs = 0
  #onSettled: (() => void)[] = []

  /** @param areFetched whether tasks become ready one by one, as their files come */
  constructor(job: PredictJob, { areFetched = false } = {}) {
    this.job = job
    this.ready = new ReadyTasks(job.body.taskCount, { areFetched })
    this.deadlineAt = this.enqueuedAt + job.timeoutMs
    this.answer = new Promise((resolve, reject) => {
      this.#resolve = resolve
      this.#reject = reject
    })
  }

  /** Calls back once, when there is an answer or none is wanted any more. */
  onSettled(callback: () => void): void {
    if (this.#settled) callback()
    else this.#onSettled.push(callback)
  }

  /** True when there is an answer, or none is wanted any more. */
  get isSettled(): boolean {
    return this.#settled
  }

  /** Tasks that no worker has yet. */
  get undispatchedTasks(): number {
    return this.ready.untaken + this.#retriedTasks
  }

  /** Those of them that can be dispatched now. */
  get readyTasks(): number {
    return this.ready.count + this.#retriedTasks
  }

  /** Takes the next tasks that are ready, `limit` at most. */
  take(limit: number): Piece {
    const piece = this.#retries.shift() ?? { request: this, ...this.ready.take(limit), alone: false }
    this.#queueMs = Math.max(this.#queueMs, performance.now() - this.ready.readyAt(piece.from))
    this.job.watch?.taken(piece)
    return piece
  }

  get #retriedTasks(): number {
    return this.#retries.reduce((tasks, { from, to }) => tasks + to - from, 0)
  }

  /** True when the next piece must not share a run with others. */
  get nextGoesAlone(): boolean {
    return this.#retries.length > 0
  }

  /** @param taskTimes what each task of the piece took of the worker */
  complete(piece: Piece, text: string, rejections: readonly Rejection[], taskTimes: PredictTimes): void {
    if (this.#settled) return
    this.#parts.push({ from: piece.from, text })
    this.#rejections.push(...rejections)
    const tasks = piece.to - piece.from
    this.#resolveMs += tasks * taskTimes.resolveMs
    this.#modelMs += tasks * taskTimes.modelMs
    this.#checkMs += tasks * taskTimes.checkMs
    this.#answered += tasks
    if (this.#answered < this.job.body.taskCount) return
    this.#settle()
    const failures = this.#rejections.filter(({ reason }) => reason === 'model-failed' || reason === 'worker-lost')
    if (failures.length > 0 && failures.length === this.job.body.taskCount) {
      this.#reject(new HtxError('HTX_MODEL_FAILED', (failures[0] as Rejection).message))
      return
    }
    const parts = this.#parts.sort((a, b) => a.from - b.from).map(part => part.text)
    this.#resolve({
      parts,
      rejections: this.#rejections,
      queueMs: this.#queueMs,
      resolveMs: this.ready.resolveMs + this.#resolveMs,
      modelMs: this.#modelMs,
      checkMs: this.#checkMs,
    })
  }

  /**
   * A worker was lost while it had this piece. Its tasks go again, each alone, so that only the guilty one is given up.
   *
   * @returns true when there is something to dispatch again
   */
  lost(piece: Piece, error: HtxError): boolean {
    if (this.#settled) return false
    // A worker that ran out of memory may have been full of what other tasks left there; one more tells.
    const isProof = piece.alone && (piece.again === true || !ranOutOfMemory(error))
    this.#lostWorkers += isProof ? 1 : 0
    if (this.#lostWorkers >= maxLostWorkers) {
      this.fail(
        new HtxError(
          'HTX_WORKER_LOST',
          `${maxLostWorkers} workers were lost over this request; the last one said: ${error.message}`,
        ),
      )
      return false
    }
    if (isProof && piece.to - piece.from <= 1) {
      const rejection: Rejection = { reason: 'worker-lost', message: error.message }
      this.complete(piece, emptyAnswer(this.job), [rejection], noTimes)
      return false
    }
    for (let task = piece.from; task < piece.to; task += 1) {
      this.#retries.push({ request: this, from: task, to: task + 1, alone: true, again: piece.alone })
    }
    return true
  }

  fail(error: unknown): void {
    if (this.#settled) return
    this.#settle()
    this.#reject(error)
  }

  #settle(): void {
    this.#settled = true
    for (const callback of this.#onSettled.splice(0)) callback()
  }
}

function ranOutOfMemory({ cause }: HtxError): boolean {
  return (cause as NodeJS.ErrnoException | undefined)?.code === 'ERR_WORKER_OUT_OF_MEMORY'
}

const noTimes: PredictTimes = { resolveMs: 0, modelMs: 0, checkMs: 0 }

function emptyAnswer(job: PredictJob): string {
  return job.shape === 'dict' ? '{"result":[]}' : '[]'
}
