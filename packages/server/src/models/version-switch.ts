import { defaultProject, initialVersion, type ModelStore, messageOf } from '@htx/core'
import type { Logger } from '../log/logger.ts'
import type { ModelVersions } from './model-versions.ts'
import { type ServedVersion, type VersionLoader, versionKey } from './served-version.ts'
import type { VersionFailure } from './version-state.ts'

export interface VersionSwitchSettings {
  readonly store: ModelStore
  readonly versions: ModelVersions
  readonly loader: VersionLoader
  readonly log: Pick<Logger, 'debug' | 'info' | 'warn' | 'error'>
  /** First pause before a failed version is tried again, milliseconds; doubles. Default: 5,000. */
  readonly retryMs?: number
  onSwap?(): void
  /** After a version was loaded into every slot. */
  onLoad?(version: ServedVersion, loadMs: number): void
  /** When a version has answered its last request. */
  onDrained?(version: ServedVersion): void
}

/** Of one manifest; another manifest is another version. */
const mostAttempts = 5

/** Takes one version from disk to live: verify, load beside the one that serves, swap. A failure changes nothing but its state. */
export class VersionSwitch {
  readonly #settings: VersionSwitchSettings
  readonly #closing = new AbortController()
  /** Fingerprints of versions whose files were hashed: weights are read once. */
  readonly #verified = new Map<string, string | undefined>()
  /** Live, but lost in a worker. */
  readonly #broken = new Set<string>()
  readonly #unloading = new Map<string, Promise<void>>()
  /** When failed versions are tried again, by a clock that nobody sets: milliseconds. */
  readonly #retryAt = new Map<string, number>()

  constructor(settings: VersionSwitchSettings) {
    this.#settings = settings
    settings.versions.onDrained(version => {
      const { key } = version
      settings.onDrained?.(version)
      const unloading = this.#unload(key).finally(() => this.#unloading.delete(key))
      this.#unloading.set(key, unloading)
    })
  }

  /** False for a loaded version that was lost in a worker. */
  isFine(key: string): boolean {
    return !this.#broken.has(key)
  }

  /** A live version was lost in a worker: it is loaded again, or another one takes its place. */
  async markBroken({ key, project, modelVersion }: ServedVersion, reason: string): Promise<void> {
    this.#broken.add(key)
    this.#fail(project, modelVersion, await this.#fingerprint(project, modelVersion), reason)
  }

  /**
   * Tries a version, unless it failed and is not due.
   *
   * @param options `isChosen`: a person wants it, also when it is held back
   * @returns true when it is live now
   */
  async attempt(project: string, name: string, { isChosen = false } = {}): Promise<boolean> {
    const { store, versions } = this.#settings
    if (!isChosen && (await this.#isHeld(project, name))) return false
    return this.#try(project, name, async fingerprint => {
      const key = versionKey(project, name)
      versions.setState(project, name, { state: 'verifying' })
      const stored = await store.read(project, name)
      await store.verify(stored, { hash: fingerprint === undefined || this.#verified.get(key) !== fingerprint })
      this.#verified.set(key, fingerprint)
      const { directory, resources, manifest } = stored
      return { key, project, modelVersion: name, directory, resources, job: manifest.job }
    })
  }

  /** Tries to serve the untrained model. @returns true when it is live now */
  attemptInitial(resources: Readonly<Record<string, unknown>>): Promise<boolean> {
    const key = versionKey(undefined, initialVersion)
    const version = { key, project: undefined, modelVersion: initialVersion, directory: undefined, resources }
    return this.#try(undefined, initialVersion, async () => version)
  }

  /** Forgets what is known of versions that are gone. */
  keepOnly(isKept: (key: string) => boolean): void {
    for (const known of [this.#verified, this.#retryAt]) {
      for (const key of known.keys()) if (!isKept(key)) known.delete(key)
    }
  }

  /** Ends a load under way without waiting for it. */
  close(): void {
    this.#closing.abort(new Error('the server is closing'))
  }

  async #try(
    project: string | undefined,
    name: string,
    prepare: (fingerprint: string | undefined) => Promise<ServedVersion>,
  ): Promise<boolean> {
    const { versions, log, onSwap } = this.#settings
    const fingerprint = await this.#fingerprint(project, name)
    const state = versions.stateOf(project, name)
    const failure = state?.state === 'failed' && state.fingerprint === fingerprint ? state : undefined
    const key = versionKey(project, name)
    if (failure !== undefined && performance.now() < this.#dueAt(key, failure)) return false
    const startedAt = performance.now()
    try {
      const loaded = this.isFine(key) ? versions.loaded(key) : undefined
      const version = loaded ?? (await this.#load(await orAborted(prepare(fingerprint), this.#closing.signal)))
      versions.activate(version)
      if (project === defaultProject) versions.retireInitial()
      const loadMs = Math.round(performance.now() - startedAt)
      log.info({ project, version: name, job: version.job, loadMs }, 'version is live')
      onSwap?.()
      return true
    } catch (error) {
      if (this.#closing.signal.aborted) return false
      this.#fail(project, name, fingerprint, messageOf(error), failure?.attempts)
      log.error({ project, version: name, err: error }, 'version cannot be served; what served before goes on')
      return false
    }
  }

  /** A version may say of itself that it is not to go live: a training found it worse than the one before. */
  async #isHeld(project: string, name: string): Promise<boolean> {
    const { store, versions, log } = this.#settings
    const fingerprint = await store.fingerprint(project, name)
    const state = versions.stateOf(project, name)
    if (state?.state === 'held' && state.fingerprint === fingerprint) return true
    const held = await store.read(project, name).then(
      ({ manifest }) => manifest.held,
      () => undefined,
    )
    if (held === undefined) return false
    versions.setState(project, name, { state: 'held', reason: held, fingerprint })
    log.warn({ project, version: name, reason: held }, 'version is held back')
    return true
  }

  async #load(version: ServedVersion): Promise<ServedVersion> {
    const { versions, loader, onLoad } = this.#settings
    versions.setState(version.project, version.modelVersion, { state: 'loading' })
    await this.#unloading.get(version.key)
    const { signal } = this.#closing
    const startedAt = performance.now()
    await orAborted(loader.load(version, signal), signal)
    onLoad?.(version, performance.now() - startedAt)
    this.#broken.delete(version.key)
    return version
  }

  async #unload(key: string): Promise<void> {
    const { loader, log } = this.#settings
    try {
      this.#broken.delete(key)
      await loader.unload(key)
      log.info({ version: key }, 'version is unloaded')
    } catch (error) {
      log.warn({ version: key, err: error }, 'a version could not be unloaded')
    }
  }

  #fail(
    project: string | undefined,
    name: string,
    fingerprint: string | undefined,
    reason: string,
    attemptsBefore = 0,
  ): void {
    const { retryMs = 5_000, versions } = this.#settings
    const attempts = attemptsBefore + 1
    const pauseMs = retryMs * 2 ** (attempts - 1)
    const nextRetryAt = attempts >= mostAttempts ? undefined : Date.now() + pauseMs
    this.#retryAt.set(versionKey(project, name), performance.now() + pauseMs)
    versions.setState(project, name, { state: 'failed', reason, attempts, fingerprint, nextRetryAt })
  }

  #dueAt(key: string, { nextRetryAt }: VersionFailure): number {
    return nextRetryAt === undefined ? Number.POSITIVE_INFINITY : (this.#retryAt.get(key) ?? 0)
  }

  async #fingerprint(project: string | undefined, name: string): Promise<string | undefined> {
    return project === undefined ? undefined : this.#settings.store.fingerprint(project, name)
  }
}

/** Hashing and loading may take minutes; who closes does not wait for them. */
async function orAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  let stop = () => {}
  const aborted = new Promise<never>((_, reject) => {
    stop = () => reject(signal.reason)
    signal.addEventListener('abort', stop, { once: true })
    if (signal.aborted) stop()
  })
  try {
    return await Promise.race([work, aborted])
  } finally {
    signal.removeEventListener('abort', stop)
  }
}
