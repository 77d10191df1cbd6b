import { BaseModel, choices } from '@htx/core'

/** Weights in a plain array: of each worker its own, or shared (`--set shared=true`). JavaScript, so that no compiler is measured. */
export default class PlainWeights extends BaseModel {
  static inputTypes = ['Text']
  static outputTypes = ['Choices']

  async load(_, { options, shared }) {
    const make = () => {
      const numbers = options.megabytes * 262_144
      const memory = options.shared ? new SharedArrayBuffer(4 * numbers) : new ArrayBuffer(4 * numbers)
      return new Float32Array(memory).fill(0.5)
    }
    this.weights = options.shared ? await shared('weights', make) : make()
  }

  predict(tasks, { binding }) {
    return tasks.map((_, place) => ({ score: this.weights[place], result: [choices(binding, ['Positive'])] }))
  }
}
