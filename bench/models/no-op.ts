import { BaseModel, choices, type ModelTask, type PredictContext } from '@htx/core'

/** Computes nothing: what is measured is the server. */
export default class NoOp extends BaseModel<Record<string, never>, [text: string]> {
  static override readonly inputTypes = ['Text']
  static override readonly outputTypes = ['Choices']

  override predict(tasks: readonly ModelTask<[text: string]>[], { binding }: PredictContext) {
    return tasks.map(() => ({ score: 0.9, result: [choices(binding, ['Positive'])] }))
  }
}
