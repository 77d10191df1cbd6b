import { stat } from 'node:fs/promises'
import { setTimeout as pause } from 'node:timers/promises'
import { BaseModel, choices, type ModelTask, type PredictContext } from '@htx/core'

/** Reads files that must be fetched, and takes 10 ms for each. */
export default class FileSize extends BaseModel<Record<string, never>, [file: string]> {
  static override readonly inputTypes = ['Text']
  static override readonly outputTypes = ['Choices']
  static override readonly inputs = 'file'

  override async predict(tasks: readonly ModelTask<[file: string]>[], { binding, options }: PredictContext) {
    await pause(Number(options.waitMs) * tasks.length)
    const sizes = await Promise.all(tasks.map(({ input: [file] }) => stat(file).then(({ size }) => size)))
    return sizes.map(size => ({ score: 0.9, result: size > 0 ? [choices(binding, ['Positive'])] : [] }))
  }
}
