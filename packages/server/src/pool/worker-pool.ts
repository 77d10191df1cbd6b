import { completeTaskDataOptions, HtxError, messageOf } from '@htx/core'
import { type AdmissionLimits, AdmissionQueue } from './admission-queue.ts'
import { openEnvelopes } from './envelope.ts'
import { Fetcher, type FetcherEvent } from './fetcher.ts'
import { Fleet, type FleetEvent } from './fleet.ts'
import { countAnswered, giveOut } from './give-out.ts'
import type { LoadMessage, ModelFacts } from './messages.ts'
import { type PredictBody, readPredictBody } from './predict-body.ts'
import { type Piece, type PredictAnswer, type PredictJob, PredictRequest } from './predict-request.ts'
import { type Run, writeRun } from './run.ts'
import { RunSize } from './run-size.ts'
import type { Slot, SlotSettings } from './slot.ts'
import { Unanswered } from './unanswered.ts'

export interface WorkerPoolSettings extends SlotSettings, AdmissionLimits {
  readonly workers: number
  onEvent(event: FleetEvent | FetcherEvent): void
  /** After each run, for the metrics. */
  onRun?(facts: { readonly tasks: number; readonly requests: number }): void
  /** When a request that was admitted gets no answer. */
  onFailed?(error: unknown): void
}

/** The admission queue and the fleet of worker threads behind it. */
export class WorkerPool {
  readonly #queue: AdmissionQueue
  readonly #fleet: Fleet
  readonly #settings: WorkerPoolSettings
  /** Set for a model whose tasks need files. */
  #fetcher: Fetcher | undefined
  readonly #unanswered = new Unanswered(request => this.#giveUp(request, tooLate(request)))
  readonly #readEnvelope = openEnvelopes()
  readonly #runSize: RunSize
  #closed = false
  #willDispatch = false

  constructor(settings: WorkerPoolSettings) {
    this.#settings = settings
    this.#queue = new AdmissionQueue(settings)
    this.#runSize = new RunSize(settings.batchTasks)
    this.#fleet = new Fleet({ ...settings, onIdle: () => this.#dispatchSoon() })
  }

  /** Starts the first worker and says what the model reads and fills. */
  async open(): Promise<ModelFacts> {
    const facts = await this.#fleet.open()
    if (facts.inputs === 'file' && !this.#closed) this.#fetcher = this.#openFetcher(facts)
    return facts
  }

  /** Loads a version into every slot, beside those that serve. */
  load(version: LoadMessage): Promise<void> {
    return this.#fleet.load(version)
  }

  /** Waits until all workers serve. @throws HtxError `HTX_WORKER_LOST` when one could not be opened */
  async ready(): Promise<void> {
    await this.#fleet.whole()
    const { serving } = this.#fleet.counts
    const { workers } = this.#settings
    if (serving >= workers || this.#closed) return
    throw new HtxError('HTX_WORKER_LOST', `only ${serving} of ${workers} workers could be opened`)
  }

  unload(key: string): Promise<void> {
    return this.#fleet.unload(key)
  }

  get counts(): { readonly serving: number; readonly busy: number; readonly spare: number } {
    return this.#fleet.counts
  }

  /** Why no worker could be opened the last time; undefined when one could. */
  get trouble(): string | undefined {
    return this.#fleet.trouble
  }

  get waitingTasks(): number {
    return this.#queue.waitingTasks
  }

  /** Requests that have no answer yet. */
  get unansweredRequests(): number {
    return this.#unanswered.size
  }

  /** Finds the tasks in a `/predict` body. @throws HtxError `HTX_REQUEST_INVALID` */
  read(bytes: Uint8Array): PredictBody {
    return readPredictBody(bytes, this.#readEnvelope)
  }

  /**
   * Answers a request.
   *
   * @throws HtxError `HTX_QUEUE_FULL`, `HTX_DEADLINE_EXCEEDED`, `HTX_REQUEST_CANCELLED` when the client has gone, what the worker says
   */
  async predict(job: PredictJob): Promise<PredictAnswer> {
    if (this.#closed) throw new HtxError('HTX_DRAINING', 'the server is shutting down', { retryAfterSeconds: 5 })
    if (job.body.taskCount === 0) return { parts: [], rejections: [], queueMs: 0, resolveMs: 0, modelMs: 0, checkMs: 0 }
    const fetcher = this.#fetcher?.isOpen === true ? this.#fetcher : undefined
    const request = new PredictRequest(job, { areFetched: fetcher !== undefined })
    this.#queue.admit(request)
    if (job.body.envelope.isInteractive) this.#runSize.sawPerson(performance.now())
    const unanswered = this.#unanswered.add(request)
    job.onGone?.(() => this.#giveUp(request, new HtxError('HTX_REQUEST_CANCELLED', 'the client closed the connection')))
    fetcher?.fetch(request)
    this.#dispatchSoon()
    try {
      return await request.answer
    } catch (error) {
      this.#settings.onFailed?.(error)
      throw error
    } finally {
      // One that failed may have tasks that nobody will dispatch.
      this.#queue.remove(request)
      this.#unanswered.remove(unanswered)
    }
  }

  /** Waits until every request has its answer. */
  async drained(): Promise<void> {
    this.#closed = true
    await Promise.allSettled([...this.#unanswered].map(request => request.answer))
  }

  /** Ends all threads; what is unanswered fails. Idempotent. */
  async close(): Promise<void> {
    this.#closed = true
    for (const request of this.#unanswered) {
      this.#giveUp(request, new HtxError('HTX_DRAINING', 'the server is shutting down', { retryAfterSeconds: 5 }))
    }
    await Promise.all([this.#fleet.close(), this.#fetcher?.close()])
  }

  #giveUp(request: PredictRequest, error: HtxError): void {
    this.#queue.remove(request)
    request.fail(error)
  }

  #openFetcher({ inputTypes, outputTypes }: ModelFacts): Fetcher {
    const { workers, start, onEvent } = this.#settings
    const { taskData } = start
    const { cacheLimitBytes } = completeTaskDataOptions(taskData)
    const downloadsAtOnce = taskData.downloadsAtOnce ?? Math.min(256, Math.max(16, 8 * workers))
    return new Fetcher({
      start: { inputTypes, outputTypes, taskData: { ...taskData, downloadsAtOnce } },
      downloadsAtOnce,
      aheadBytes: cacheLimitBytes / 2,
      onReady: requests => {
        for (const request of requests) this.#queue.offer(request)
        this.#dispatch()
      },
      onEvent,
    })
  }

  /** Once a turn of the event loop: requests that came in together go together, and to wake a thread costs more than a small model. */
  #dispatchSoon(): void {
    if (this.#willDispatch || this.#queue.waitingTasks === 0) return
    this.#willDispatch = true
    setImmediate(() => {
      this.#willDispatch = false
      this.#dispatch()
    })
  }

  /** Gives every idle slot what waits. */
  #dispatch(): void {
    let free = this.#fleet.idleCount
    if (free === 0 || this.#queue.waitingTasks === 0) return
    const { worthTasks } = this.#runSize
    const batchTasks = this.#runSize.batchTasks(performance.now())
    for (const slot of this.#fleet.idle()) {
      // Files come one by one: a slot that took all that is there would leave the next with nothing, and be answered at once with all.
      const sharers = this.#fetcher === undefined ? free : this.#fleet.counts.serving
      const pieces = this.#queue.take({ sharers, worthTasks, batchTasks }, versionKey => slot.replicas.has(versionKey))
      free -= 1
      if (pieces.length > 0) void this.#fleet.use(slot, () => this.#run(slot, writeRun(slot.nextRun(), pieces)))
    }
  }

  async #run(slot: Slot, { message, pieces }: Run): Promise<void> {
    let unsettled = pieces.length
    let isBack = false
    const settle = () => {
      unsettled -= 1
      if (unsettled === 0 && !isBack) slot.cancel(message.run)
    }
    for (const { request } of pieces) request.onSettled(settle)
    try {
      const answer = await slot.run(message)
      isBack = true
      this.#runSize.observe(countAnswered(pieces, answer), answer.workMs, { isInteractive: areInteractive(pieces) })
      this.#settings.onRun?.({ tasks: countTasks(pieces), requests: pieces.length })
      giveOut(pieces, answer)
      this.#fetcher?.release(pieces)
    } catch (error) {
      const lost = error instanceof HtxError ? error : new HtxError('HTX_INTERNAL', messageOf(error), { cause: error })
      for (const piece of pieces) {
        piece.request.job.watch?.failed(piece, lost)
        if (lost.code !== 'HTX_WORKER_LOST') piece.request.fail(lost)
        else if (piece.request.lost(piece, lost)) this.#queue.putBack(piece.request)
      }
    }
  }
}

function tooLate({ job }: PredictRequest): HtxError {
  return new HtxError(
    'HTX_DEADLINE_EXCEEDED',
    `no answer within ${job.timeoutMs} ms; ask for fewer tasks at a time, or raise --predict-timeout or --workers`,
  )
}

/** A run has pieces of one kind. */
function areInteractive([piece]: readonly Piece[]): boolean {
  return piece?.request.job.body.envelope.isInteractive === true
}

function countTasks(pieces: readonly Piece[]): number {
  return pieces.reduce((tasks, { from, to }) => tasks + to - from, 0)
}
