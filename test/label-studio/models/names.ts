import { BaseModel, labels, type ModelTask, type PredictContext, spanOf } from '@htx/core'

/** Takes two words with capital letters for a person. */
export default class Names extends BaseModel<object, [text: string]> {
  static override readonly inputTypes = ['Text']
  static override readonly outputTypes = ['Labels']

  override predict(tasks: readonly ModelTask<[text: string]>[], { binding }: PredictContext) {
    return tasks.map(({ input: [text] }) => ({
      score: 0.8,
      result: [...text.matchAll(/\p{Lu}\p{Ll}+ \p{Lu}\p{Ll}+/gu)].map(({ index, 0: name }) =>
        labels(binding, ['Person'], spanOf(text, index, index + name.length)),
      ),
    }))
  }
}
