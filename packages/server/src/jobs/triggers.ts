import type { Logger } from '../log/logger.ts'
import type { Asker } from '../state/job.ts'
import type { State } from '../state/open-state.ts'
import type { JobQueue } from './job-queue.ts'

export interface TriggerSettings {
  readonly state: State
  readonly queue: JobQueue
  readonly log: Pick<Logger, 'warn'>
  /** Annotations that must have come, changed or gone; 0: nothing trains by itself. */
  readonly trainEvery: number
  readonly minAnnotations: number
  readonly includeSkipped: boolean
  /** A training waits until so long nothing has changed, milliseconds. */
  readonly trainDebounceMs: number
}

/** People who never pause get a training after so many times the wait. */
const longestWaits = 10

interface Waiting {
  readonly since: number
  readonly timer: NodeJS.Timeout
}

/** Asks for a training when enough annotations have changed, and people pause. */
export class Triggers {
  readonly #settings: TriggerSettings
  readonly #waiting = new Map<string, Waiting>()

  constructor(settings: TriggerSettings) {
    this.#settings = settings
  }

  /** Takes up what had changed when the server ended. */
  async start(): Promise<void> {
    const { state, trainEvery } = this.#settings
    if (trainEvery === 0) return
    for (const project of await state.projects.withChanges(trainEvery)) this.#wait(project)
  }

  /** Annotations of a project have changed. @param asker the request that brought them */
  async changed(project: string, count: number, asker: Asker): Promise<void> {
    const { state, trainEvery, minAnnotations } = this.#settings
    if (count === 0) return
    const changes = await state.projects.addChanges(project, count)
    if (trainEvery === 0 || changes < trainEvery) return
    // It was counted when the wait began: counting again reads every annotation of the project.
    if (this.#waiting.has(project)) this.#wait(project, asker)
    else if ((await state.items.count(project, this.#settings)) >= minAnnotations) this.#wait(project, asker)
  }

  close(): void {
    for (const { timer } of this.#waiting.values()) clearTimeout(timer)
    this.#waiting.clear()
  }

  #wait(project: string, asker: Asker = {}): void {
    const { trainDebounceMs } = this.#settings
    const waiting = this.#waiting.get(project)
    clearTimeout(waiting?.timer)
    const since = waiting?.since ?? performance.now()
    const left = Math.max(0, Math.min(trainDebounceMs, since + longestWaits * trainDebounceMs - performance.now()))
    this.#waiting.set(project, { since, timer: setTimeout(() => void this.#fire(project, asker), left) })
  }

  async #fire(project: string, asker: Asker): Promise<void> {
    const { queue, log, trainEvery } = this.#settings
    this.#waiting.delete(project)
    await queue
      .request({ project, by: `every ${trainEvery} annotations`, asker })
      .catch(error => log.warn({ project, err: error }, 'a training could not be asked for'))
  }
}
