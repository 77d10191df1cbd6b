import { readFile } from 'node:fs/promises'
import { BaseModel, choices, type LoadContext, type ModelTask, type PredictContext } from '@htx/core'

/** Answers with what stands in the file that config.json names as `checkpoint_file`. */
export default class FromCheckpoint extends BaseModel {
  static override readonly inputTypes = ['Text']
  static override readonly outputTypes = ['Choices']

  #label = ''

  override async load(_resources: object, { options }: LoadContext): Promise<void> {
    this.#label = (await readFile(String(options.checkpoint_file), 'utf8')).trim()
  }

  override predict(tasks: readonly ModelTask[], { binding }: PredictContext) {
    return tasks.map(() => ({ result: [choices(binding, [this.#label])] }))
  }
}
