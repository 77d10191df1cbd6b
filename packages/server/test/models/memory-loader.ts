import type { ServedVersion, VersionLoader } from '../../src/models/served-version.ts'

/** Loads versions into a set. A test can make loads fail or wait. */
export class MemoryLoader implements VersionLoader {
  readonly loaded = new Set<string>()
  /** `load <key>` and `unload <key>`, in order. */
  readonly calls: string[] = []
  /** Loads that are under way at once, at most. */
  mostAtOnce = 0
  #atOnce = 0
  /** Rejects or waits, when a test wants it. */
  beforeLoad: (version: ServedVersion) => Promise<void> = async () => {}

  async load(version: ServedVersion): Promise<void> {
    this.calls.push(`load ${version.key}`)
    this.#atOnce += 1
    this.mostAtOnce = Math.max(this.mostAtOnce, this.#atOnce)
    try {
      await this.beforeLoad(version)
      this.loaded.add(version.key)
    } finally {
      this.#atOnce -= 1
    }
  }

  async unload(key: string): Promise<void> {
    this.calls.push(`unload ${key}`)
    this.loaded.delete(key)
  }
}
