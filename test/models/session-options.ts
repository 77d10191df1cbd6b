import {
  BaseModel,
  type LoadContext,
  type ModelTask,
  onnxSessionOptions,
  type PredictContext,
  textArea,
} from '@htx/core'

/** Says with which options it would open an ONNX session. */
export default class SessionOptions extends BaseModel {
  static override readonly inputTypes = ['Text']
  static override readonly outputTypes = ['TextArea']

  #said!: string

  override load(_resources: object, context: LoadContext): void {
    this.#said = JSON.stringify(onnxSessionOptions(context, { graphOptimizationLevel: 'all' }))
  }

  override predict(tasks: readonly ModelTask[], { binding }: PredictContext) {
    return tasks.map(() => ({ result: [textArea(binding, [this.#said])] }))
  }
}
