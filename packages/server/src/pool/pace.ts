/** How long tasks take a worker, as far as the last runs tell: all that it does for them, model and writing included. */
export class Pace {
  #taskMs: number | undefined

  /**
   * A slow run counts at once, a fast one by and by.
   *
   * @param tasks that the model answered: what is refused before it takes no time, and tells nothing
   */
  observe(tasks: number, workMs: number): void {
    if (tasks <= 0) return
    const taskMs = workMs / tasks
    const before = this.#taskMs ?? taskMs
    this.#taskMs = Math.max(taskMs, before + (taskMs - before) / 8)
  }

  /** Tasks that a worker does in this time; 0 when nothing is known yet. */
  tasksIn(ms: number): number {
    return this.#taskMs === undefined ? 0 : Math.floor(ms / this.#taskMs)
  }
}
