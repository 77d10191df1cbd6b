import { HtxError } from '@htx/core'

/**
 * Who of the slots does what: some serve, the others are spares, which take no work. One that is busy may change its place meanwhile, but no busy
 * spare is promoted or given to a load.
 */
export class Places<T> {
  readonly #mostServing: number
  /** In the order in which they came. */
  readonly #serving = new Set<T>()
  readonly #spares = new Set<T>()
  readonly #busy = new Set<T>()
  /** Loads that wait for a spare. */
  #waiters: (() => void)[] = []
  #closed = false

  constructor(mostServing: number) {
    this.#mostServing = mostServing
  }

  get serving(): ReadonlySet<T> {
    return this.#serving
  }

  get spares(): ReadonlySet<T> {
    return this.#spares
  }

  get counts(): { readonly serving: number; readonly busy: number; readonly spare: number } {
    return { serving: this.#serving.size, busy: this.#busy.size, spare: this.#spares.size }
  }

  get idleCount(): number {
    let idle = 0
    for (const slot of this.#serving) if (!this.#busy.has(slot)) idle += 1
    return idle
  }

  /** Slots that serve without work now. */
  *idle(): Iterable<T> {
    for (const slot of this.#serving) if (!this.#busy.has(slot)) yield slot
  }

  /** Lets a slot in, as a spare. */
  join(slot: T): void {
    this.#spares.add(slot)
  }

  /** A slot is lost; it stays busy until its work has failed. */
  leave(slot: T): void {
    this.#serving.delete(slot)
    this.#spares.delete(slot)
  }

  markBusy(slot: T): void {
    this.#busy.add(slot)
  }

  markDone(slot: T): void {
    this.#busy.delete(slot)
  }

  /** The spare serves from now on; the other takes no more work and becomes the spare once its last run is done. */
  exchange(spare: T, other: T): void {
    this.#spares.delete(spare)
    this.#serving.add(spare)
    this.#serving.delete(other)
    this.#spares.add(other)
  }

  /** Gives spares the places that are empty: a load that waits for one goes before the second place, not before the first. @returns whether there were any */
  promoteSpares(): boolean {
    let promoted = false
    for (const spare of this.#spares) {
      if (this.#serving.size >= this.#mostServing) break
      if (this.#serving.size > 0 && this.#waiters.length > 0) break
      if (this.#busy.has(spare)) continue
      this.#spares.delete(spare)
      this.#serving.add(spare)
      promoted = true
    }
    return promoted
  }

  /** A spare without work, as soon as one is offered. @throws HtxError `HTX_DRAINING` when the pool is closed */
  async nextSpare(): Promise<T> {
    for (;;) {
      if (this.#closed) throw new HtxError('HTX_DRAINING', 'the pool is closed')
      for (const slot of this.#spares) if (!this.#busy.has(slot)) return slot
      await new Promise<void>(resolve => this.#waiters.push(resolve))
    }
  }

  /** Has loads that wait for a spare look again. */
  offerSpares(): void {
    for (const wake of this.#waiters.splice(0)) wake()
  }

  /** From now on nobody waits for a spare. */
  close(): void {
    this.#closed = true
    this.offerSpares()
  }

  clear(): void {
    this.#serving.clear()
    this.#spares.clear()
  }
}
