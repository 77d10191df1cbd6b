/** The place of an item in a list. */
export interface Link<T> {
  readonly item: T
  before: Link<T> | undefined
  after: Link<T> | undefined
  isLinked: boolean
}

/**
 * Items in the order in which they came, which leave from anywhere. For what comes and goes with every request, instead of a Set: V8 gives a Set that is
 * used so a new table every now and then, and the one it gave up keeps the next alive, with all that was in it, until the next large
 * collection. So every small one copied the requests of the last seconds: a tenth of the main thread's time under load.
 */
export class LinkedList<T> {
  #first: Link<T> | undefined
  #last: Link<T> | undefined
  size = 0

  get first(): T | undefined {
    return this.#first?.item
  }

  push(item: T): Link<T> {
    const link: Link<T> = { item, before: this.#last, after: undefined, isLinked: true }
    if (this.#last === undefined) this.#first = link
    else this.#last.after = link
    this.#last = link
    this.size += 1
    return link
  }

  /** Idempotent. */
  remove(link: Link<T>): void {
    if (!link.isLinked) return
    const { before, after } = link
    if (before === undefined) this.#first = after
    else before.after = after
    if (after === undefined) this.#last = before
    else after.before = before
    link.isLinked = false
    link.before = undefined
    link.after = undefined
    this.size -= 1
  }

  /** The item that has been given may be removed meanwhile. */
  *[Symbol.iterator](): Generator<T> {
    let link = this.#first
    while (link !== undefined) {
      const { item, after } = link
      yield item
      link = after
    }
  }
}
