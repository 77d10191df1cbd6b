import { type HtxError, messageOf } from '@htx/core'
import { FleetVersions } from './fleet-versions.ts'
import type { LoadMessage, ModelFacts } from './messages.ts'
import { Places } from './places.ts'
import { RestartPause } from './restart-pause.ts'
import { Slot, type SlotSettings } from './slot.ts'
import { within } from './within.ts'

export interface FleetSettings extends SlotSettings {
  /** Slots that serve. One more thread loads new versions and stands in for a slot that is lost. */
  readonly workers: number
  /** Called when a slot may take work. */
  onIdle(): void
  onEvent(event: FleetEvent): void
}

export type FleetEvent =
  | { readonly kind: 'slot-opened'; readonly slot: number }
  | { readonly kind: 'slot-lost'; readonly slot: number; readonly reason: string }
  | { readonly kind: 'slot-failed'; readonly reason: string; readonly retryMs: number }
  | { readonly kind: 'version-lost'; readonly key: string; readonly reason: HtxError }

const longestOpeningMs = 5_000

/**
 * The threads of the pool: `workers` slots that serve and a spare. With the spare new versions are loaded (`FleetVersions`), and it takes the place
 * of a slot that is lost.
 */
export class Fleet {
  readonly #settings: FleetSettings
  readonly #places: Places<Slot>
  readonly #versions: FleetVersions
  /** Lost, and their threads have not ended yet. */
  readonly #ending = new Set<Slot>()
  #nextId = 1
  /** Slots that are open or being opened. */
  #slots = 0
  /** The thread that is being opened. */
  #opening: Promise<void> | undefined
  readonly #pause = new RestartPause()
  #trouble: string | undefined
  #closed = false

  constructor(settings: FleetSettings) {
    this.#settings = settings
    this.#places = new Places(settings.workers)
    this.#versions = new FleetVersions({
      places: this.#places,
      onExchange: () => settings.onIdle(),
      onLoaded: () => this.#fillUp(),
      onFailed: (key, reason) => settings.onEvent({ kind: 'version-lost', key, reason }),
      isClosed: () => this.#closed,
    })
  }

  /** Opens the first slot; the others follow while it already serves. @throws HtxError when the model module cannot be imported */
  async open(): Promise<ModelFacts> {
    const slot = await this.#openSlot()
    this.#join(slot)
    return slot.facts
  }

  /** Waits until all slots and the spare are open, or one of them could not be. */
  async whole(): Promise<void> {
    while (this.#opening !== undefined) await this.#opening
  }

  /** Slots that serve or could. */
  get counts(): { readonly serving: number; readonly busy: number; readonly spare: number } {
    return this.#places.counts
  }

  /** Why no thread could be opened the last time; undefined when it could. */
  get trouble(): string | undefined {
    return this.#trouble
  }

  get idleCount(): number {
    return this.#places.idleCount
  }

  /** Slots that serve without work now. */
  idle(): Iterable<Slot> {
    return this.#places.idle()
  }

  /** Marks a slot as busy until the work is done. */
  async use<T>(slot: Slot, work: () => Promise<T>): Promise<T> {
    this.#places.markBusy(slot)
    try {
      return await work()
    } finally {
      this.#places.markDone(slot)
      if (!this.#places.serving.has(slot)) this.#fillUp()
      this.#settings.onIdle()
    }
  }

  /**
   * Loads a version into every slot beside those that are loaded.
   *
   * @throws HtxError why it could not be loaded; then no slot has it
   */
  load(version: LoadMessage): Promise<void> {
    return this.#versions.load(version)
  }

  /** Unloads a version that no request uses any more. */
  unload(key: string): Promise<void> {
    return this.#versions.unload(key)
  }

  async close(): Promise<void> {
    this.#closed = true
    this.#pause.cancel()
    this.#places.close()
    const { serving, spares } = this.#places
    await Promise.all([...serving, ...spares, ...this.#ending].map(slot => slot.close()))
    this.#places.clear()
    // A process that ends while a thread is being made crashes now and then.
    if (this.#opening !== undefined) await within(this.#opening, longestOpeningMs)
    await this.#versions.close()
  }

  /** Opens a slot, brings it up to date and lets it in. */
  async #grow(): Promise<void> {
    const slot = await this.#openSlot()
    await this.#versions.catchUp(slot)
    if (this.#closed) await slot.close()
    else this.#join(slot)
  }

  async #openSlot(): Promise<Slot> {
    this.#slots += 1
    const id = this.#nextId
    this.#nextId += 1
    try {
      const slot = await Slot.open(id, this.#settings)
      slot.onLost(reason => this.#replace(slot, reason))
      this.#settings.onEvent({ kind: 'slot-opened', slot: id })
      return slot
    } catch (error) {
      this.#slots -= 1
      throw error
    }
  }

  #join(slot: Slot): void {
    this.#trouble = undefined
    this.#places.join(slot)
    this.#fillUp()
  }

  /** The spare takes the place at once; a fresh thread becomes the spare. */
  #replace(slot: Slot, reason: HtxError): void {
    this.#slots -= 1
    this.#places.leave(slot)
    this.#ending.add(slot)
    void slot.close().then(() => this.#ending.delete(slot))
    this.#settings.onEvent({ kind: 'slot-lost', slot: slot.id, reason: reason.message })
    // One that was lost over a request is replaced at once: else a task that ends its worker, asked for again and again, would keep all others waiting.
    const lifeMs = slot.hasRun ? Number.POSITIVE_INFINITY : performance.now() - slot.openedAt
    if (this.#pause.sawDeath(lifeMs)) this.#retryLater(reason.message)
    this.#fillUp()
  }

  /** Promotes spares to places that are empty and opens the threads that are missing, one at a time. */
  #fillUp(): void {
    if (this.#closed) return
    if (!this.#versions.isEmpty && this.#places.promoteSpares()) this.#settings.onIdle()
    this.#places.offerSpares()
    if (this.#opening !== undefined || !this.#pause.isOver) return
    // While there is nothing to serve a spare is enough, for the next version to be loaded into.
    const isWhole = this.#versions.isEmpty ? this.#places.spares.size > 0 : this.#slots > this.#settings.workers
    if (isWhole) return
    this.#opening = this.#grow()
      .catch(error => this.#retryLater(messageOf(error)))
      .finally(() => {
        this.#opening = undefined
        this.#fillUp()
      })
  }

  #retryLater(reason: string): void {
    this.#trouble = reason
    if (this.#closed || !this.#pause.isOver) return
    this.#settings.onEvent({ kind: 'slot-failed', reason, retryMs: this.#pause.nextMs })
    this.#pause.begin(() => this.#fillUp())
  }
}
