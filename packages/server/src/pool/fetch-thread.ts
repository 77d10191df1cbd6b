import { once } from 'node:events'
import { Worker } from 'node:worker_threads'
import { messageOf } from '@htx/core'
import type {
  FetchCancelMessage,
  FetchedTask,
  FetcherStart,
  FetchMessage,
  FetchReleaseMessage,
  FetchReport,
} from './messages.ts'
import { within } from './within.ts'

export interface FetchThreadEvents {
  /** It has started and takes pieces. */
  onOpen(): void
  onFetched(tasks: readonly FetchedTask[]): void
  /** It ended, and nobody had asked for that. */
  onLost(reason: string): void
}

const longestOpeningMs = 5_000

/** The thread that fetches files. No code of users runs there. */
export class FetchThread {
  readonly openedAt = performance.now()
  readonly #worker: Worker
  #online = false
  #ended = false

  constructor(start: FetcherStart, events: FetchThreadEvents) {
    this.#worker = new Worker(new URL('../worker/fetch-entry.js', import.meta.url), { workerData: start })
    // What a program waits for are answers, not this thread.
    this.#worker.unref()
    const lose = (reason: string) => {
      if (this.#ended) return
      this.#ended = true
      void this.#worker.terminate()
      events.onLost(reason)
    }
    this.#worker.once('online', () => {
      this.#online = true
    })
    this.#worker.on('message', (report: FetchReport) => {
      if (this.#ended) return
      if (report === 'open') events.onOpen()
      else events.onFetched(report)
    })
    this.#worker.on('error', error => lose(messageOf(error)))
    this.#worker.on('messageerror', error => lose(messageOf(error)))
    this.#worker.on('exit', code => lose(`its thread ended with code ${code}`))
  }

  fetch(message: FetchMessage): void {
    this.#worker.postMessage(message, [message.bytes.buffer as ArrayBuffer])
  }

  /** Nobody waits for a piece any more. */
  cancel(piece: number): void {
    this.#worker.postMessage({ cancel: piece } satisfies FetchCancelMessage)
  }

  /** These files need not be kept any longer. */
  release(paths: readonly string[]): void {
    this.#worker.postMessage({ release: paths } satisfies FetchReleaseMessage)
  }

  /** Keeps the process alive, or no longer. */
  holdProcess(isNeeded: boolean): void {
    if (isNeeded) this.#worker.ref()
    else this.#worker.unref()
  }

  async close(): Promise<void> {
    if (this.#ended) return
    this.#ended = true
    // A process that ends while a thread is being made crashes now and then.
    if (!this.#online) await within(once(this.#worker, 'online'), longestOpeningMs)
    await this.#worker.terminate()
  }
}
