import { MessageChannel, type MessagePort } from 'node:worker_threads'
import { HtxError, messageOf } from '@htx/core'
import { Piscina } from 'piscina'
import type {
  ControlMessage,
  LoadCall,
  LoadMessage,
  LogMessage,
  ModelFacts,
  RunAnswer,
  RunMessage,
  SharedValues,
  StartMessage,
  WorkerAnswer,
} from './messages.ts'

export interface SlotSettings {
  readonly start: Omit<StartMessage, 'control'>
  /** Heap limit of a worker's JavaScript, MiB; undefined: the runtime's own. Bun has no such limit. */
  readonly workerMemoryMb: number | undefined
  readonly loadTimeoutMs: number
  onLog(message: LogMessage): void
}

/** How long a hung worker may ignore the abort of its run. Milliseconds. */
const hangGraceMs = 1_000

/**
 * How long a thread that is given up may take to end itself. A thread that is ended from outside while it is in native code takes the whole
 * process with it when that code does not expect it (onnxruntime-node does not); one that spins in JavaScript costs a core for so long.
 * Milliseconds.
 */
const endGraceMs = 5_000

/**
 * One addressable worker thread: a Piscina pool of exactly one. When its thread is lost (crash, out of memory, hang) the slot is
 * lost with it; Piscina's own replacement would come without our models.
 */
export class Slot {
  readonly id: number
  /** Keys of the versions that this worker has loaded. */
  readonly replicas = new Set<string>()
  facts!: ModelFacts
  readonly openedAt = performance.now()
  /** Whether it has ever been given work. */
  hasRun = false
  readonly #pool: Piscina
  readonly #control: MessagePort
  readonly #settings: SlotSettings
  readonly #losses: ((reason: HtxError) => void)[] = []
  /** Reject the calls under way. */
  readonly #calls: ((reason: HtxError) => void)[] = []
  readonly #threadEnded: Promise<void>
  #lost: HtxError | undefined
  #ending: Promise<void> | undefined
  #nextRun = 0

  private constructor(id: number, settings: SlotSettings, control: MessagePort) {
    this.id = id
    this.#settings = settings
    this.#control = control
    this.#pool = new Piscina({
      filename: new URL('../worker/entry.js', import.meta.url).href,
      minThreads: 1,
      maxThreads: 1,
      idleTimeout: Number.POSITIVE_INFINITY,
      // A worker that waits by Atomics runs no timers and hears no messages between its tasks.
      atomics: 'disabled',
      recordTiming: false,
      closeTimeout: endGraceMs,
      ...(settings.workerMemoryMb === undefined
        ? {}
        : { resourceLimits: { maxOldGenerationSizeMb: settings.workerMemoryMb } }),
    })
    this.#pool.on('error', error => this.#lose(messageOf(error), error))
    this.#threadEnded = new Promise(resolve => {
      this.#pool.on('workerDestroy', () => {
        resolve()
        // Why it ended, if that is known, comes right after.
        setImmediate(() => this.#lose('its thread ended'))
      })
    })
    this.#pool.on('message', (message: LogMessage) => settings.onLog(message))
  }

  /**
   * Starts a thread and imports the model module there.
   *
   * @throws HtxError what the import says, or `HTX_WORKER_LOST`
   */
  static async open(id: number, settings: SlotSettings): Promise<Slot> {
    const { port1, port2 } = new MessageChannel()
    port1.unref()
    const slot = new Slot(id, settings, port1)
    try {
      const message: StartMessage = { ...settings.start, control: port2 }
      slot.facts = await slot.#call<ModelFacts>('start', message, settings.loadTimeoutMs, [port2])
      return slot
    } catch (error) {
      await slot.close()
      throw error
    }
  }

  /** Calls back once, when the thread is lost; not when the slot is closed. */
  onLost(callback: (reason: HtxError) => void): void {
    if (this.#lost === undefined) this.#losses.push(callback)
    else callback(this.#lost)
  }

  get isLost(): boolean {
    return this.#lost !== undefined
  }

  /**
   * Loads a version beside those that are loaded.
   *
   * @param shared what other workers of the version have made to share
   * @returns what this one has made to share
   * @throws HtxError what the model says, or `HTX_WORKER_LOST`
   */
  async load(version: LoadMessage, shared: SharedValues): Promise<SharedValues> {
    const call: LoadCall = { version, shared }
    const made = await this.#call<SharedValues>('load', call, this.#settings.loadTimeoutMs)
    this.replicas.add(version.key)
    return made
  }

  async unload(key: string): Promise<void> {
    this.replicas.delete(key)
    await this.#call('unload', key, this.#settings.loadTimeoutMs)
  }

  /** Number for a run of this slot, so that it can be cancelled. */
  nextRun(): number {
    this.#nextRun += 1
    return this.#nextRun
  }

  /** @throws HtxError `HTX_WORKER_LOST` when the thread crashed, or was ended because it did not come back in time */
  run(message: RunMessage): Promise<RunAnswer> {
    this.hasRun = true
    return this.#call('run', message, message.timeoutMs + hangGraceMs, [message.bytes.buffer as ArrayBuffer])
  }

  /** Tells the worker that nobody waits for a run any more. */
  cancel(run: number): void {
    this.#control.postMessage({ cancel: run } satisfies ControlMessage)
  }

  /** Ends the thread: as soon as it comes back to itself, or else after a while, whatever it does. Idempotent. */
  async close(): Promise<void> {
    this.#losses.length = 0
    this.#lose('it was closed')
    await this.#ending
  }

  async #call<T>(
    name: string,
    message: unknown,
    timeoutMs: number,
    transferList: (ArrayBuffer | MessagePort)[] = [],
  ): Promise<T> {
    if (this.#lost !== undefined) throw this.#lost
    const timer = setTimeout(
      () => this.#lose(`it did not come back from «${name}» within ${Math.round(timeoutMs)} ms`),
      timeoutMs,
    )
    try {
      const answer = await this.#answer<T>(message, name, transferList)
      if ('error' in answer) throw HtxError.fromData(answer.error)
      return answer.value
    } catch (error) {
      if (error instanceof HtxError) throw error
      this.#lose(messageOf(error), error)
      throw this.#lost
    } finally {
      clearTimeout(timer)
    }
  }

  /** What the thread answers; rejects at once when it is given up, even if it goes on for a while. */
  #answer<T>(message: unknown, name: string, transferList: (ArrayBuffer | MessagePort)[]): Promise<WorkerAnswer<T>> {
    return new Promise<WorkerAnswer<T>>((resolve, reject) => {
      this.#calls.push(reject)
      this.#pool
        .run(message, { name, transferList: transferList as never })
        .then(resolve, reject)
        .finally(() => this.#calls.splice(this.#calls.indexOf(reject), 1))
    })
  }

  #lose(reason: string, cause?: unknown): void {
    if (this.#lost !== undefined) return
    const error = new HtxError('HTX_WORKER_LOST', `worker ${this.id} was lost: ${reason}`, { cause })
    this.#lost = error
    this.#ending = this.#end()
    for (const reject of this.#calls) reject(error)
    for (const callback of this.#losses.splice(0)) callback(error)
  }

  async #end(): Promise<void> {
    this.#control.postMessage({ end: true } satisfies ControlMessage)
    // From here on Piscina starts no thread in place of this one. It waits for the call under way, not for the end of the thread.
    await Promise.race([this.#pool.close(), this.#threadEnded])
    this.#control.close()
    // Ends a spinning thread too.
    await this.#pool.destroy()
  }
}
