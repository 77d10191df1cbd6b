import type { FetchedInput } from '@htx/core'
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

/** A request whose files are being fetched, or lie ready for its tasks. */
interface Fetching {
  readonly request: PredictRequest
  readonly lane: Lane
  /** First task that the thread has not been given. */
  next: number
  /** Those that the thread has. */
  readonly pieces: Map<number, FetchPiece>
  /** What lies ready, by task. */
  readonly held: Map<number, FetchedFiles>
}

type FetchedFiles = Extract<FetchedInput, { readonly paths: unknown }>

interface FetchPiece {
  readonly fetching: Fetching
  readonly from: number
  tasksLeft: number
}

/** Requests with tasks that the thread has not been given: in turns, so that a large one does not hold up the others. */
class Lane {
  readonly waiting = new Set<Fetching>()
  /** Tasks that the thread has. */
  tasksUnderWay = 0
}

/**
 * Has the files of tasks fetched before these take a slot. One thread fetches for all slots, so that a file that several ask for comes once; it is
 * given a little more than it can fetch at once, and not more than the cache can hold until it is used. Requests of people who
 * wait in the editor have a lane of their own. While there is no thread, tasks are ready as they are, and workers fetch for themselves.
 */
export class Fetcher {
  readonly #settings: FetcherSettings
  readonly #fetchings = new Map<PredictRequest, Fetching>()
  readonly #pieces = new Map<number, FetchPiece>()
  readonly #urgent = new Lane()
  readonly #batch = new Lane()
  #thread: FetchThread | undefined
  #isOpen = false
  #nextPiece = 1
  #readyBytes = 0
  readonly #pause = new RestartPause()
  #closed = false

  constructor(settings: FetcherSettings) {
    this.#settings = settings
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
    lane.waiting.add(fetching)
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
    this.#sendFrom(this.#urgent)
    this.#sendFrom(this.#batch)
    this.#thread?.holdProcess(this.#pieces.size > 0)
  }

  #sendFrom(lane: Lane): void {
    const { downloadsAtOnce, aheadBytes } = this.#settings
    for (const fetching of lane.waiting) {
      if (lane === this.#batch && this.#readyBytes >= aheadBytes) return
      const room = 2 * downloadsAtOnce - lane.tasksUnderWay
      const left = fetching.request.job.body.taskCount - fetching.next
      const tasks = Math.min(room, left, downloadsAtOnce)
      // A piece of a large request repeats all that is around its tasks: small ones would cost more than they bring.
      if (tasks <= 0 || (tasks < left && 2 * tasks < downloadsAtOnce)) return
      lane.waiting.delete(fetching)
      this.#sendPiece(fetching, tasks)
      if (tasks < left) lane.waiting.add(fetching)
    }
  }

  #sendPiece(fetching: Fetching, tasks: number): void {
    const { request, lane } = fetching
    const { body, project, labelConfig, caller } = request.job
    const from = fetching.next
    fetching.next += tasks
    lane.tasksUnderWay += tasks
    const id = this.#nextPiece++
    const piece: FetchPiece = { fetching, from, tasksLeft: tasks }
    this.#pieces.set(id, piece)
    fetching.pieces.set(id, piece)
    const { head, tail, isInteractive } = body.envelope
    const bytes = joinBytes([head, taskBytes(body, from, fetching.next), tail])
    const timeoutMs = Math.max(0, request.deadlineAt - performance.now())
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
      piece.tasksLeft -= 1
      fetching.lane.tasksUnderWay -= 1
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
    lane.waiting.delete(fetching)
    const released: string[] = []
    for (const task of held.keys()) this.#letGo(fetching, task, released)
    if (released.length > 0) this.#thread?.release(released)
    for (const [id, piece] of pieces) {
      lane.tasksUnderWay -= piece.tasksLeft
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
    for (const lane of [this.#urgent, this.#batch]) {
      lane.waiting.clear()
      lane.tasksUnderWay = 0
    }
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
