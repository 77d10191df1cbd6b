const firstMs = 500
const longestMs = 30_000
/** What lived shorter died of something that may well happen again. */
const shortLifeMs = 5_000

/** The pause before a thread takes the place of one that died: longer each time while they die young, so that a crash loop does not eat the machine. */
export class RestartPause {
  #nextMs = firstMs
  #timer: NodeJS.Timeout | undefined

  get isOver(): boolean {
    return this.#timer === undefined
  }

  /** How long the next one is, milliseconds. */
  get nextMs(): number {
    return this.#nextMs
  }

  /** Calls back when it is over. */
  begin(onOver: () => void): void {
    this.#timer = setTimeout(() => {
      this.#timer = undefined
      onOver()
    }, this.#nextMs)
    this.#nextMs = Math.min(2 * this.#nextMs, longestMs)
  }

  /** @returns whether it died young; after another the pauses are short again */
  sawDeath(lifeMs: number): boolean {
    const young = lifeMs < shortLifeMs
    if (!young) this.#nextMs = firstMs
    return young
  }

  /** Idempotent. */
  cancel(): void {
    clearTimeout(this.#timer)
  }
}
