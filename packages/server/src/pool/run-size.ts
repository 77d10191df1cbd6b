import { Pace } from './pace.ts'

/**
 * Work that is worth a run, milliseconds: to send one and take its answer costs the two threads a tenth of a millisecond together, whatever is in it. An
 * interactive request may wait so long for a slot.
 */
const worthMs = 5

/** A run has no more batches, however fast the last ones were: what comes now may be slow, and one slot would be alone with it. */
const mostBatches = 8

/** While people label, a batch shall keep them waiting no longer. Milliseconds. */
const personWaitsMs = 50

/** But it has this part of its tasks: a model may take as long for one as for many. */
const leastPart = 1 / 4

/** How long somebody who asked is taken to go on labelling. Milliseconds. */
const labelsForMs = 10_000

/** How many tasks a run should have, by what the last ones took. */
export class RunSize {
  readonly #batchTasks: number
  readonly #pace = new Pace()
  /** Of what nobody in the editor waits for: a call for one task tells little of what a task in a batch takes. */
  readonly #batchPace = new Pace()
  #personAt = Number.NEGATIVE_INFINITY

  /** @param batchTasks most tasks of a call of `predict` */
  constructor(batchTasks: number) {
    this.#batchTasks = batchTasks
  }

  /** What the model answered in a run. */
  observe(tasks: number, workMs: number, { isInteractive }: { readonly isInteractive: boolean }): void {
    this.#pace.observe(tasks, workMs)
    if (!isInteractive) this.#batchPace.observe(tasks, workMs)
  }

  /** Somebody in the editor asked for a prediction. */
  sawPerson(now: number): void {
    this.#personAt = now
  }

  /** So many are not worth waking another slot for. */
  get worthTasks(): number {
    return Math.min(this.#pace.tasksIn(worthMs), mostBatches * this.#batchTasks)
  }

  /** Most tasks of a run that nobody in the editor waits for, if they are worth more than that. */
  batchTasks(now: number): number {
    if (now - this.#personAt > labelsForMs) return this.#batchTasks
    const least = Math.ceil(this.#batchTasks * leastPart)
    return Math.min(this.#batchTasks, Math.max(least, this.#batchPace.tasksIn(personWaitsMs)))
  }
}
