import { collectGarbage } from '@htx/core'
import type { LoadMessage, SharedValues } from './messages.ts'

/** A slot, as far as it loads. */
export interface Loader {
  /** @returns what the load has made to share */
  load(version: LoadMessage, shared: SharedValues): Promise<SharedValues>
}

interface VersionMemory {
  readonly values: Map<string, unknown>
  /** A load that may be making what the others are to get. */
  first: Promise<unknown> | undefined
  /** A load has succeeded: it made whatever the version shares. */
  isMade: boolean
}

/**
 * What the models of each version share between threads. It travels with the loads: out of the first, into all others. A load that fails,
 * or whose thread dies, takes with it what it has made.
 */
export class SharedMemory {
  readonly #versions = new Map<string, VersionMemory>()

  /** Loads a version into a slot. Loads of one version wait for its first, so that each value is made once. */
  async load(slot: Loader, version: LoadMessage): Promise<void> {
    const memory = this.#versions.get(version.key) ?? { values: new Map(), first: undefined, isMade: false }
    this.#versions.set(version.key, memory)
    while (memory.first !== undefined) await memory.first.catch(() => {})
    const loading = loadWith(memory, slot, version)
    if (!memory.isMade) memory.first = loading
    try {
      await loading
      memory.isMade = true
    } finally {
      if (memory.first === loading) memory.first = undefined
    }
  }

  /** Forgets what a version shared. Its slots have unloaded it. */
  free(key: string): void {
    const memory = this.#versions.get(key)
    this.#versions.delete(key)
    if (memory === undefined || memory.values.size === 0) return
    memory.values.clear()
    collectGarbage()
  }

  close(): void {
    const shares = [...this.#versions.values()].some(({ values }) => values.size > 0)
    this.#versions.clear()
    if (shares) collectGarbage()
  }
}

async function loadWith(memory: VersionMemory, slot: Loader, version: LoadMessage): Promise<void> {
  for (const [name, value] of await slot.load(version, memory.values)) {
    if (!memory.values.has(name)) memory.values.set(name, value)
  }
}
