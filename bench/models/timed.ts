import { setTimeout as pause } from 'node:timers/promises'
import { BaseModel, choices, type LoadContext, type ModelTask, type PredictContext } from '@htx/core'

/**
 * Takes the same time for each task: `--set iterations=` of computing, a fixed amount of work however busy the cores are, or `--set waitMs=`
 * of waiting, as for a graphics card.
 */
export default class Timed extends BaseModel<Record<string, never>, [text: string]> {
  static override readonly inputTypes = ['Text']
  static override readonly outputTypes = ['Choices']

  #iterations = 0
  #waitMs = 0

  override load(_resources: object, { options }: LoadContext): void {
    this.#iterations = Number(options.iterations ?? 0)
    this.#waitMs = Number(options.waitMs ?? 0)
  }

  override async predict(tasks: readonly ModelTask<[text: string]>[], { binding }: PredictContext) {
    if (this.#iterations > 0) compute(this.#iterations * tasks.length)
    if (this.#waitMs > 0) await pause(this.#waitMs * tasks.length)
    return tasks.map(() => ({ score: 0.9, result: [choices(binding, ['Positive'])] }))
  }
}

/** Steps of a xorshift generator: nothing but arithmetic, which no engine can leave out. */
export function compute(iterations: number): number {
  let state = 2463534242
  for (let step = 0; step < iterations; step += 1) {
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
  }
  return state
}
