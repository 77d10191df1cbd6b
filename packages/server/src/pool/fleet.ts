import { HtxError, isHtxError, messageOf } from '@htx/core'
import { catchUp } from './catch-up.ts'
import type { LoadMessage, ModelFacts } from './messages.ts'
import { RestartPause } from './restart-pause.ts'
import { SharedMemory } from './shared-memory.ts'
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
 * The threads of the pool: `workers` slots that serve and a spare. The spare loads a new version beside the old ones and changes
 * places with a slot, which loads next, and so on: no slot that serves ever loads. When a slot is lost the spare takes its place.
 */
export class Fleet {
  readonly #settings: FleetSettings
  /** Slots that take work, in the order in which they came. */
  readonly #serving = new Set<Slot>()
  readonly #busy = new Set<Slot>()
  /** Loaded with everything, takes no work. */
  readonly #spares = new Set<Slot>()
  /** Lost, and their threads have not ended yet. */
  readonly #ending = new Set<Slot>()
  /** Versions that every slot must have before it serves. */
  readonly #versions = new Map<string, LoadMessage>()
  readonly #memory = new SharedMemory()
  #nextId = 1
  /** Slots that are open or being opened. */
  #slots = 0
  #operations: Promise<unknown> = Promise.resolve()
  #spareWaiters: (() => void)[] = []
  /** The thread that is being opened. */
  #opening: Promise<void> | undefined
  readonly #pause = new RestartPause()
  #trouble: string | undefined
  #closed = false

  constructor(settings: FleetSettings) {
    this.#settings = settings
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
    return { serving: this.#serving.size, busy: this.#busy.size, spare: this.#spares.size }
  }

  /** Why no thread could be opened the last time; undefined when it could. */
  get trouble(): string | undefined {
    return this.#trouble
  }

  get idleCount(): number {
    let idle = 0
    for (const slot of this.#serving) if (!this.#busy.has(slot)) idle += 1
    return idle
  }

  /** Slots that serve without work now. */
  *idle(): Iterable<Slot> {
    for (const slot of this.#serving) if (!this.#busy.has(slot)) yield slot
  }

  /** Marks a slot as busy until the work is done. */
  async use<T>(slot: Slot, work: () => Promise<T>): Promise<T> {
    this.#busy.add(slot)
    try {
      return await work()
    } finally {
      this.#busy.delete(slot)
      if (!this.#serving.has(slot)) this.#fillUp()
      this.#settings.onIdle()
    }
  }

  /**
   * Loads a version into every slot beside those that are loaded.
   *
   * @throws HtxError why it could not be loaded; then no slot has it
   */
  load(version: LoadMessage): Promise<void> {
    return this.#exclusively(async () => {
      try {
        await this.#loadEverywhere(version)
      } catch (error) {
        await this.#dropReplicas(version.key)
        throw error
      }
    })
  }

  /** Unloads a version that no request uses any more. */
  unload(key: string): Promise<void> {
    return this.#exclusively(async () => {
      this.#versions.delete(key)
      await this.#dropReplicas(key)
    })
  }

  async close(): Promise<void> {
    this.#closed = true
    this.#pause.cancel()
    this.#wakeSpareWaiters()
    await Promise.all([...this.#serving, ...this.#spares, ...this.#ending].map(slot => slot.close()))
    this.#serving.clear()
    this.#spares.clear()
    // A process that ends while a thread is being made crashes now and then.
    if (this.#opening !== undefined) await within(this.#opening, longestOpeningMs)
    await this.#operations.catch(() => {})
    this.#memory.close()
  }

  async #loadEverywhere(version: LoadMessage): Promise<void> {
    for (;;) {
      const spare = await this.#nextSpare()
      if (!spare.replicas.has(version.key)) await this.#loadInto(spare, version)
      const behind = [...this.#serving].find(slot => !slot.replicas.has(version.key))
      if (behind === undefined) break
      if (this.#spares.has(spare)) this.#exchange(spare, behind)
    }
    this.#versions.set(version.key, version)
    this.#fillUp()
  }

  /** A spare that dies of a version fails that version, not the fleet. */
  async #loadInto(spare: Slot, version: LoadMessage): Promise<void> {
    this.#busy.add(spare)
    try {
      await this.#memory.load(spare, version)
    } catch (error) {
      if (isHtxError(error, 'HTX_MODEL_LOAD_FAILED')) throw error
      throw new HtxError(
        'HTX_MODEL_LOAD_FAILED',
        `version ${version.modelVersion} could not be loaded: ${messageOf(error)}`,
        { cause: error },
      )
    } finally {
      this.#busy.delete(spare)
      this.#fillUp()
    }
  }

  /** The spare serves from now on; the other takes no more work and becomes the spare once its last run is done. */
  #exchange(spare: Slot, other: Slot): void {
    this.#spares.delete(spare)
    this.#serving.add(spare)
    this.#serving.delete(other)
    this.#spares.add(other)
    this.#settings.onIdle()
  }

  /** A spare without work, as soon as there is one. */
  async #nextSpare(): Promise<Slot> {
    for (;;) {
      if (this.#closed) throw new HtxError('HTX_DRAINING', 'the pool is closed')
      for (const slot of this.#spares) if (!this.#busy.has(slot)) return slot
      await new Promise<void>(resolve => this.#spareWaiters.push(resolve))
    }
  }

  async #dropReplicas(key: string): Promise<void> {
    const slots = [...this.#serving, ...this.#spares].filter(slot => slot.replicas.has(key))
    await Promise.all(slots.map(slot => slot.unload(key).catch(() => {})))
    this.#memory.free(key)
  }

  /** Opens a slot, brings it up to date and lets it in. */
  async #grow(): Promise<void> {
    const slot = await this.#openSlot()
    await catchUp(slot, {
      versions: this.#versions,
      load: version => this.#memory.load(slot, version),
      onFailed: (key, reason) => this.#settings.onEvent({ kind: 'version-lost', key, reason }),
      isClosed: () => this.#closed,
    })
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
    this.#spares.add(slot)
    this.#fillUp()
  }

  /** The spare takes the place at once; a fresh thread becomes the spare. */
  #replace(slot: Slot, reason: HtxError): void {
    this.#slots -= 1
    this.#serving.delete(slot)
    this.#spares.delete(slot)
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
    this.#promoteSpares()
    this.#wakeSpareWaiters()
    if (this.#opening !== undefined || !this.#pause.isOver) return
    // Nothing to serve needs one thread, for the first version to be loaded into.
    const mostSlots = this.#versions.size === 0 ? 1 : this.#settings.workers + 1
    if (this.#slots >= mostSlots) return
    this.#opening = this.#grow()
      .catch(error => this.#retryLater(messageOf(error)))
      .finally(() => {
        this.#opening = undefined
        this.#fillUp()
      })
  }

  /** A load that waits for a spare goes before the second place, not before the first. */
  #promoteSpares(): void {
    if (this.#versions.size === 0) return
    for (const spare of this.#spares) {
      if (this.#serving.size >= this.#settings.workers) return
      if (this.#serving.size > 0 && this.#spareWaiters.length > 0) return
      if (this.#busy.has(spare)) continue
      this.#spares.delete(spare)
      this.#serving.add(spare)
      this.#settings.onIdle()
    }
  }

  #retryLater(reason: string): void {
    this.#trouble = reason
    if (this.#closed || !this.#pause.isOver) return
    this.#settings.onEvent({ kind: 'slot-failed', reason, retryMs: this.#pause.nextMs })
    this.#pause.begin(() => this.#fillUp())
  }

  #wakeSpareWaiters(): void {
    for (const wake of this.#spareWaiters.splice(0)) wake()
  }

  #exclusively<T>(work: () => Promise<T>): Promise<T> {
    const result = this.#operations.then(work, work)
    this.#operations = result.catch(() => {})
    return result
  }
}
