import { HtxError, type OpenModel } from '@htx/core'
import type { LoadMessage, SharedValues } from '../pool/messages.ts'

/** @param sharedValues what other threads made; what this load makes is added */
export type OpenReplica = (version: LoadMessage, sharedValues: Map<string, unknown>) => Promise<OpenModel>

interface Replica {
  readonly model: OpenModel
  readonly sharesMemory: boolean
}

/** The model versions that this thread has loaded, by key. */
export class Replicas {
  readonly #open: OpenReplica
  readonly #loaded = new Map<string, Replica>()

  constructor(open: OpenReplica) {
    this.#open = open
  }

  /** @returns what the load made to share */
  async load(version: LoadMessage, shared: SharedValues): Promise<SharedValues> {
    if (this.#loaded.has(version.key)) return new Map()
    const values = new Map(shared)
    const model = await this.#open(version, values)
    this.#loaded.set(version.key, { model, sharesMemory: values.size > 0 })
    return new Map([...values].filter(([name]) => !shared.has(name)))
  }

  /** @returns true when memory was shared that only garbage still refers to */
  async unload(key: string): Promise<boolean> {
    const replica = this.#loaded.get(key)
    this.#loaded.delete(key)
    await replica?.model.close()
    return replica?.sharesMemory ?? false
  }

  get(key: string): OpenModel {
    const replica = this.#loaded.get(key)
    if (replica === undefined)
      throw new HtxError('HTX_VERSION_UNAVAILABLE', `version ${key} is not loaded in this worker`)
    return replica.model
  }
}
