import { appendFileSync } from 'node:fs'
import { threadId } from 'node:worker_threads'
import { BaseModel, choices, type LoadContext, type ModelTask, type PredictContext, type Prediction } from '@htx/core'

interface Resources {
  /** Gets a line for each call of `make`, with the thread's number. */
  makesFile: string
  megabytes: number
  /** What the first calls of `make` do: a word a call. */
  script: ('throw' | 'exit' | 'function')[]
}

/** Holds numbers that its workers share. A task «write 7» changes the first one, every task answers with it as its score, /100. */
export default class SharesWeights extends BaseModel<Resources, [text: string]> {
  static override readonly inputTypes = ['Text']
  static override readonly outputTypes = ['Choices']

  #weights = new Float32Array()

  override async load(
    { makesFile, megabytes = 1, script = [] }: Partial<Resources>,
    { shared, options }: LoadContext,
  ): Promise<void> {
    const make = async () => {
      if (makesFile !== undefined) appendFileSync(makesFile, `${threadId}\n`)
      return { weights: new Float32Array(megabytes * 262_144).fill(1) }
    }
    void script
    void options
    const { weights } = await shared('head', make)
    this.#weights = weights
  }

  override predict(tasks: readonly ModelTask<[text: string]>[], { binding }: PredictContext): Prediction[] {
    return tasks.map(({ input: [text] }) => {
      const [command, number] = text.split(' ')
      if (command === 'write') this.#weights[0] = Number(number)
      if (command === 'exit') process.exit(7)
      return { score: (this.#weights[0] ?? 0) / 100, result: [choices(binding, [binding.labels[0] ?? ''])] }
    })
  }
}
