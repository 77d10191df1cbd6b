import { HtxError, type OpenModel } from '@htx/core'
import type { LoadMessage } from '../pool/messages.ts'

/** The model versions that this thread has loaded, by key. */
export class Replicas {
  readonly #open: (version: LoadMessage) => Promise<OpenModel>
  readonly #models = new Map<string, OpenModel>()

  constructor(open: (version: LoadMessage) => Promise<OpenModel>) {
    this.#open = open
  }

  async load(version: LoadMessage): Promise<void> {
    if (!this.#models.has(version.key)) this.#models.set(version.key, await this.#open(version))
  }

  async unload(key: string): Promise<void> {
    const model = this.#models.get(key)
    this.#models.delete(key)
    await model?.close()
  }

  get(key: string): OpenModel {
    const model = this.#models.get(key)
    if (model === undefined)
      throw new HtxError('HTX_VERSION_UNAVAILABLE', `version ${key} is not loaded in this worker`)
    return model
  }
}
