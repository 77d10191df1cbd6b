import { writeFileSync } from 'node:fs'
import { setTimeout as pause } from 'node:timers/promises'
import { BaseModel, choices, type ModelTask, type PredictContext, type TaskPredictions } from '@htx/core'

interface Resources {
  /** Shown as the score, so that a test sees which version answered. */
  score: number
  failLoad: boolean
  loadMs: number
}

/** Does what the text of a task says: the tests' way to provoke a worker. */
export default class Scripted extends BaseModel<Resources, [text: string]> {
  static override readonly inputTypes = ['Text']
  static override readonly outputTypes = ['Choices']

  #score = 0.5

  override async load({ score = 0.5, failLoad = false, loadMs = 0 }: Partial<Resources>): Promise<void> {
    if (loadMs > 0) {
      const end = performance.now() + loadMs
      while (performance.now() < end);
    }
    if (failLoad) throw new Error('the weights are not what they should be')
    this.#score = score
  }

  override async predict(
    tasks: readonly ModelTask<[text: string]>[],
    context: PredictContext,
  ): Promise<TaskPredictions[]> {
    const answers: TaskPredictions[] = []
    for (const { input } of tasks) answers.push(await this.#answer(input[0], context))
    return answers
  }

  async #answer(text: string, context: PredictContext): Promise<TaskPredictions> {
    const { binding } = context
    const good = () => ({ score: this.#score, result: [choices(binding, [binding.labels[0] ?? 'Positive'])] })
    const [command, argument] = text.split(' ')
    if (command === 'throw') throw new Error('no idea what to say')
    if (command === 'exit') process.exit(7)
    if (command === 'spin') for (;;);
    if (command === 'pause') await pause(Number(argument), undefined, { signal: context.signal })
    if (command === 'throw-in-callback') await new Promise(() => setTimeout(throwInCallback, 1))
    if (command === 'linger') {
      process.once('exit', () => writeFileSync(String(argument), 'ended itself'))
      await pause(60_000)
    }
    if (command === 'fill') {
      const kept: unknown[] = []
      for (;;) kept.push(new Array(100_000).fill({ text }))
    }
    if (command === 'none') return null
    if (command === 'several') return [good(), { ...good(), score: 0.9 }]
    if (command === 'bad')
      return {
        score: this.#score,
        result: [{ ...good().result[0], value: { choices: 'Positive' } }],
      } as TaskPredictions
    if (command === 'echo')
      return { score: this.#score, result: [{ ...good().result[0], value: { choices: [text] } }] } as TaskPredictions
    if (command === 'nan') return { ...good(), score: Number.NaN }
    if (command === 'bigint')
      return { ...good(), result: [{ ...good().result[0], meta: { count: 1n } }] } as unknown as TaskPredictions
    return good()
  }
}

/** Who waits to be called back waits for ever. */
function throwInCallback(): never {
  throw new Error('thrown in a callback')
}
