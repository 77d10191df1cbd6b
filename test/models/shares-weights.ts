import { appendFileSync, readFileSync } from 'node:fs'
import { threadId } from 'node:worker_threads'
import { BaseModel, choices, type LoadContext, type ModelTask, type PredictContext, type Prediction } from '@htx/core'

interface Resources {
  /** Gets a line for each call of `make`. */
  makesFile: string
  megabytes: number
  /** What the first calls of `make` do, one after the other. */
  firstMakes: ('throw' | 'exit' | 'function')[]
}

/** Its workers share numbers. Each answer has the first number, divided by 100, as its score and the thread that gave it as its meta. */
export default class SharesWeights extends BaseModel<Resources, [text: string]> {
  static override readonly inputTypes = ['Text']
  static override readonly outputTypes = ['Choices']

  #weights: Float32Array = new Float32Array()

  override async load(
    { makesFile = '', megabytes = 1, firstMakes = [] }: Partial<Resources>,
    { shared }: LoadContext,
  ): Promise<void> {
    const { weights } = await shared('head', async () => {
      appendFileSync(makesFile, `${threadId}\n`)
      const act = firstMakes[makesIn(makesFile) - 1]
      if (act === 'throw') throw new Error('the weights cannot be read')
      if (act === 'exit') process.exit(7)
      const memory = new SharedArrayBuffer(megabytes * 1024 * 1024)
      return {
        weights: new Float32Array(memory).fill(1),
        activate: act === 'function' ? Math.tanh : 'tanh',
      }
    })
    this.#weights = weights
  }

  override predict(tasks: readonly ModelTask<[text: string]>[], { binding }: PredictContext): Prediction[] {
    return tasks.map(({ input: [text] }) => {
      const [command, number] = text.split(' ')
      if (command === 'exit') process.exit(7)
      if (command === 'write') this.#weights[0] = Number(number)
      const region = choices(binding, [binding.labels[0] ?? 'Positive'])
      return { score: (this.#weights[0] ?? 0) / 100, result: [{ ...region, meta: { thread: threadId } }] }
    })
  }
}

/** Calls of `make` that have begun, in all threads. */
export function makesIn(makesFile: string): number {
  return readFileSync(makesFile, 'utf8').split('\n').length - 1
}
