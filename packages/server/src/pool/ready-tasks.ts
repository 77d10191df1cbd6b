import type { FetchedInput } from '@htx/core'

/** Consecutive tasks: from the first to before the second. */
export interface TaskRun {
  readonly from: number
  readonly to: number
}

/**
 * Which tasks of a request may be dispatched: all at once, or each as its files come. They come in any order, and are handed out in
 * runs: a file that is slow holds up its own task, not those behind it.
 */
export class ReadyTasks {
  /** Ready and not taken, in order; none touches the next. */
  readonly #runs: { from: number; to: number }[]
  /** When each became ready; undefined when all were from the beginning. */
  readonly #readyAt: (number | undefined)[] | undefined
  readonly #inputs: (FetchedInput | undefined)[] = []
  readonly #openedAt = performance.now()
  #completeAt = this.#openedAt
  /** Tasks that may be taken. */
  count: number
  /** Tasks that have not been taken, ready or not. */
  untaken: number
  /** Tasks that are not ready yet. */
  missing: number

  constructor(taskCount: number, { areFetched }: { readonly areFetched: boolean }) {
    this.#runs = areFetched ? [] : [{ from: 0, to: taskCount }]
    this.#readyAt = areFetched ? new Array(taskCount).fill(undefined) : undefined
    this.count = areFetched ? 0 : taskCount
    this.missing = areFetched ? taskCount : 0
    this.untaken = taskCount
  }

  /** How long it took until all were ready, milliseconds. */
  get resolveMs(): number {
    return this.#completeAt - this.#openedAt
  }

  /** A task is ready, with what came of its files. */
  add(task: number, input: FetchedInput | undefined): void {
    if (this.#readyAt === undefined || this.#readyAt[task] !== undefined) return
    const now = performance.now()
    this.#readyAt[task] = now
    this.#inputs[task] = input
    this.count += 1
    this.missing -= 1
    if (this.missing === 0) this.#completeAt = now
    this.#insert(task)
  }

  /** Nobody fetches for this request any more: what is missing is ready as it is. */
  addMissing(): void {
    for (const [task, at] of this.#readyAt?.entries() ?? []) if (at === undefined) this.add(task, undefined)
  }

  /** Takes the first tasks that are ready, `limit` at most. There must be one. */
  take(limit: number): TaskRun {
    const run = this.#runs[0] as { from: number; to: number }
    const { from } = run
    run.from = Math.min(from + limit, run.to)
    if (run.from === run.to) this.#runs.shift()
    this.count -= run.from - from
    this.untaken -= run.from - from
    return { from, to: run.from }
  }

  /** When a task became ready, on the clock of `performance`. */
  readyAt(task: number): number {
    return this.#readyAt?.[task] ?? this.#openedAt
  }

  /** What came of the files of these tasks; undefined when none were fetched. */
  inputs({ from, to }: TaskRun): (FetchedInput | undefined)[] | undefined {
    if (this.#inputs.length === 0) return undefined
    return Array.from({ length: to - from }, (_, place) => this.#inputs[from + place])
  }

  #insert(task: number): void {
    const runs = this.#runs
    let place = runs.length
    while (place > 0 && (runs[place - 1]?.from as number) > task) place -= 1
    const before = runs[place - 1]
    const after = runs[place]
    if (before?.to === task && after?.from === task + 1) {
      before.to = after.to
      runs.splice(place, 1)
    } else if (before?.to === task) before.to = task + 1
    else if (after?.from === task + 1) after.from = task
    else runs.splice(place, 0, { from: task, to: task + 1 })
  }
}
