import { HtxError, isHtxError, messageOf } from '@htx/core'
import { catchUp } from './catch-up.ts'
import type { LoadMessage } from './messages.ts'
import type { Places } from './places.ts'
import { SharedMemory } from './shared-memory.ts'
import type { Slot } from './slot.ts'

export interface FleetVersionsSettings {
  readonly places: Places<Slot>
  /** A slot serves that has just loaded. */
  onExchange(): void
  /** A spare is done with its load, or slots have a version that they may serve. */
  onLoaded(): void
  /** A version that a fresh slot cannot load. */
  onFailed(key: string, reason: HtxError): void
  isClosed(): boolean
}

/**
 * The versions that every slot has before it serves, and how one more gets there: the spare loads it beside the others and changes places with a
 * slot, which loads next, and so on. No slot that serves ever loads.
 */
export class FleetVersions {
  readonly #settings: FleetVersionsSettings
  readonly #versions = new Map<string, LoadMessage>()
  readonly #memory = new SharedMemory()
  #operations: Promise<unknown> = Promise.resolve()

  constructor(settings: FleetVersionsSettings) {
    this.#settings = settings
  }

  /** True while there is none: slots have nothing to serve. */
  get isEmpty(): boolean {
    return this.#versions.size === 0
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

  /** Loads all of them into a fresh slot. @throws HtxError `HTX_WORKER_LOST` when its thread is lost over it */
  catchUp(slot: Slot): Promise<void> {
    const { onFailed, isClosed } = this.#settings
    return catchUp(slot, {
      versions: this.#versions,
      load: version => this.#memory.load(slot, version),
      onFailed,
      isClosed,
    })
  }

  /** Waits for what is under way; the slots are closed already. */
  async close(): Promise<void> {
    await this.#operations.catch(() => {})
    this.#memory.close()
  }

  async #loadEverywhere(version: LoadMessage): Promise<void> {
    const { places, onExchange, onLoaded } = this.#settings
    for (;;) {
      const spare = await places.nextSpare()
      if (!spare.replicas.has(version.key)) await this.#loadInto(spare, version)
      const behind = [...places.serving].find(slot => !slot.replicas.has(version.key))
      if (behind === undefined) break
      if (!places.spares.has(spare)) continue
      places.exchange(spare, behind)
      onExchange()
    }
    this.#versions.set(version.key, version)
    onLoaded()
  }

  /** A spare that dies of a version fails that version, not the fleet. */
  async #loadInto(spare: Slot, version: LoadMessage): Promise<void> {
    const { places, onLoaded } = this.#settings
    places.markBusy(spare)
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
      places.markDone(spare)
      onLoaded()
    }
  }

  async #dropReplicas(key: string): Promise<void> {
    const { serving, spares } = this.#settings.places
    const slots = [...serving, ...spares].filter(slot => slot.replicas.has(key))
    await Promise.all(slots.map(slot => slot.unload(key).catch(() => {})))
    this.#memory.free(key)
  }

  #exclusively<T>(work: () => Promise<T>): Promise<T> {
    const result = this.#operations.then(work, work)
    this.#operations = result.catch(() => {})
    return result
  }
}
