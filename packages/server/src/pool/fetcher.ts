import type { FetchedInput } from '@htx/core'
import { type FetchedFiles, type Fetching, FetchLane, type FetchPiece } from './fetch-lane.ts'
import { FetchThread } from './fetch-thread.ts'
import type { FetchedTask, FetcherStart } from './messages.ts'
import { taskBytes } from './predict-body.ts'
import type { Piece, PredictRequest } from './predict-request.ts'
import { RestartPause } from './restart-pause.ts'
import { joinBytes } from './run.ts'

export interface FetcherSettings {
  readonly start: FetcherStart
  readonly downloadsAtOnce: number
  /** Most bytes that may lie ready for tasks which have no answer yet; beyond that nothing is fetched ahead. */
  readonly aheadBytes: number
  /** Tasks of these requests have become ready. */
  onReady(requests: Iterable<PredictRequest>): void
  onEvent(event: FetcherEvent): void
}

export type FetcherEvent =
  | { readonly kind: 'fetcher-opened' }
  | { readonly kind: 'fetcher-lost'; readonly reason: string; readonly retryMs: number }

/**
 * Has the files of tasks fetched before these take a slot. One thread fetches for all slots, so that a file that several ask for comes once; it is
 * given no more than the cache can hold until it is used. Requests of people who wait in the editor have a lane of their own. While there is
 * no thread, tasks are ready as they are, and workers fetch for themselves.
 */
export class Fetcher {
  readonly #settings: FetcherSettings
  readonly #fetchings = new Map<PredictRequest, Fetching>()
  readonly #pieces = new Map<number, FetchPiece>()
  readonly #urgent: FetchLane
  readonly #batch: FetchLane
  #thread: FetchThread | undefined
  #isOpen = false
  #nextPiece = 1
  #readyBytes = 0
  readonly #pause = new RestartPause()
  #closed = false

  constructor(settings: FetcherSettings) {
    this.#settings = settings
    this.#urgent = new FetchLane(settings.downloadsAtOnce)
    this.#batch = new FetchLane(settings.downloadsAtOnce)
    this.#open()
  }

  /** True when there is a thread that fetches. */
  get isOpen(): boolean {
    return this.#isOpen
  }

  /** Has the files of a request fetched, until that is settled. */
  fetch(request: PredictRequest): void {
    if (request.isSettled) return
    const lane = request.job.body.envelope.isInteractive ? this.#urgent : this.#batch
    const fetching: Fetching = { request, lane, next: 0, pieces: new Map(), held: new Map() }
    this.#fetchings.set(request, fetching)
    lane.add(fetching)
    request.onSettled(() => this.#end(fetching))
    this.#send()
  }

  /** The files of these tasks have been used. */
  release(pieces: readonly Piece[]): void {
    const released: string[] = []
    for (const { request, from, to } of pieces) {
      const fetching = this.#fetchings.get(request)
      for (let task = from; fetching !== undefined && task < to; task += 1) this.#letGo(fetching, task, released)
    }
    if (released.length > 0) this.#thread?.release(released)
    this.#send()
  }

  async close(): Promise<void> {
    this.#closed = true
    this.#isOpen = false
    this.#pause.cancel()
    await this.#thread?.close()
  }

  #open(): void {
    const thread = new FetchThread(this.#settings.start, {
      onOpen: () => {
        this.#isOpen = !this.#closed
        this.#settings.onEvent({ kind: 'fetcher-opened' })
      },
      onFetched: tasks => this.#receive(tasks),
      onLost: reason => this.#lose(reason, performance.now() - thread.openedAt),
    })
    this.#thread = thread
  }

  /** Gives the thread what it has room for. */
  #send(): void {
    if (!this.#isOpen) return
    this.#sendFrom(this.#urgent, Number.POSITIVE_INFINITY)
    this.#sendFrom(this.#batch, this.#settings.aheadBytes)
    this.#thread?.holdProcess(this.#pieces.size > 0)
  }

  #sendFrom(lane: FetchLane, mostReadyBytes: number): void {
    while (this.#readyBytes < mostReadyBytes) {
      const piece = lane.take()
      if (piece === undefined) return
      this.#sendPiece(piece)
    }
  }

  #sendPiece(piece: FetchPiece): void {
    const { fetching, from, to } = piece
    const { job, deadlineAt } = fetching.request
    const { body, project, labelConfig, caller } = job
    const id = this.#nextPiece++
    this.#pieces.set(id, piece)
    fetching.pieces.set(id, piece)
    const { head, tail, isInteractive } = body.envelope
    const bytes = joinBytes([head, taskBytes(body, from, to), tail])
    const timeoutMs = Math.max(0, deadlineAt - performance.now())
    const tasks = to - from
    this.#thread?.fetch({ piece: id, bytes, tasks, project, labelConfig, caller, urgent: isInteractive, timeoutMs })
  }

  #receive(tasks: readonly FetchedTask[]): void {
    const touched = new Set<PredictRequest>()
    const released: string[] = []
    for (const { piece: id, place, input } of tasks) {
      const piece = this.#pieces.get(id)
      if (piece === undefined) {
        // It was given up a moment ago.
        if (hasFiles(input)) released.push(...input.paths)
        continue
      }
      const { fetching, from } = piece
      fetching.lane.complete(piece)
      if (piece.tasksLeft === 0) this.#drop(id, piece)
      this.#hold(fetching, from + place, input)
      fetching.request.ready.add(from + place, input)
      touched.add(fetching.request)
    }
    if (released.length > 0) this.#thread?.release(released)
    this.#settings.onReady(touched)
    this.#send()
  }

  #hold({ held }: Fetching, task: number, input: FetchedInput | undefined): void {
    if (!hasFiles(input)) return
    held.set(task, input)
    this.#readyBytes += input.bytes
  }

  #letGo({ held }: Fetching, task: number, released: string[]): void {
    const files = held.get(task)
    if (files === undefined) return
    held.delete(task)
    this.#readyBytes -= files.bytes
    released.push(...files.paths)
  }

  #drop(id: number, { fetching }: FetchPiece): void {
    this.#pieces.delete(id)
    fetching.pieces.delete(id)
  }

  /** Answered, or given up: then its downloads end, unless another request waits for them. */
  #end(fetching: Fetching): void {
    const { request, lane, pieces, held } = fetching
    this.#fetchings.delete(request)
    lane.remove(fetching)
    const released: string[] = []
    for (const task of held.keys()) this.#letGo(fetching, task, released)
    if (released.length > 0) this.#thread?.release(released)
    for (const [id, piece] of pieces) {
      this.#drop(id, piece)
      this.#thread?.cancel(id)
    }
    this.#send()
  }

  /** What it had not fetched goes to the slots as it is. */
  #lose(reason: string, lifeMs: number): void {
    this.#isOpen = false
    this.#thread = undefined
    this.#pause.sawDeath(lifeMs)
    this.#settings.onEvent({ kind: 'fetcher-lost', reason, retryMs: this.#pause.nextMs })
    this.#pause.begin(() => this.#open())
    this.#pieces.clear()
    this.#readyBytes = 0
    this.#urgent.clear()
    this.#batch.clear()
    for (const { request, pieces, held } of this.#fetchings.values()) {
      pieces.clear()
      held.clear()
      request.ready.addMissing()
    }
    this.#settings.onReady(this.#fetchings.keys())
  }
}

function hasFiles(input: FetchedInput | undefined): input is FetchedFiles {
  return input !== undefined && 'paths' in input
}
