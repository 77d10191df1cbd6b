import { compareVersionNames, defaultProject } from '@htx/core'
import { type ServedVersion, versionKey } from './served-version.ts'
import type { VersionState, VersionStatus } from './version-state.ts'

/** A version held for one request; it stays loaded until released. */
export interface VersionHandle {
  readonly version: ServedVersion
  /** Idempotent. */
  release(): void
}

interface LoadedVersion {
  readonly version: ServedVersion
  requests: number
  isDraining: boolean
}

interface SeenVersion {
  readonly project: string | undefined
  readonly version: string
  readonly state: VersionState
}

/** Which versions there are and which one answers: plain state, changed by the reconciler, read by routes. */
export class ModelVersions {
  /** By project; `initial` under undefined. */
  readonly #live = new Map<string | undefined, LoadedVersion>()
  /** Live and draining, by key. */
  readonly #loaded = new Map<string, LoadedVersion>()
  readonly #seen = new Map<string, SeenVersion>()
  readonly #listeners = new Set<(status: VersionStatus) => void>()
  #onDrained: (version: ServedVersion) => void = () => {}

  /** Takes the version that answers for a project: its own, else the one of `default`, else `initial`. */
  acquire(project: string | undefined): VersionHandle | undefined {
    const loaded = this.#find(project)
    if (loaded === undefined) return undefined
    loaded.requests += 1
    let released = false
    return {
      version: loaded.version,
      release: () => {
        if (released) return
        released = true
        loaded.requests -= 1
        this.#endIfDrained(loaded)
      },
    }
  }

  /** The version that answers for a project. */
  current(project: string | undefined): ServedVersion | undefined {
    return this.#find(project)?.version
  }

  /** Names of the versions that a project could be served with, newest first. */
  names(project: string | undefined): string[] {
    const projects = [project ?? null, defaultProject, null]
    const own = this.list().filter(status => project === undefined || projects.includes(status.project))
    return own.filter(({ state }) => state !== 'failed' && state !== 'held').map(({ version }) => version)
  }

  /** Every version that was seen, newest first; `initial` last. */
  list(): VersionStatus[] {
    return [...this.#seen.values()].sort(newestFirst).map(seen => this.#describe(seen))
  }

  /** Whether any project has a version that answers. */
  get anyServes(): boolean {
    return this.#live.size > 0
  }

  /** For an answer that says why there is none. */
  whyNothingServes(): string {
    const failed = this.list().find(({ state }) => state === 'failed')
    if (failed !== undefined) return `no version serves: version ${failed.version} failed, as ${failed.reason}`
    return 'no version serves yet: the model is being loaded'
  }

  /** The version that a project itself has live, not that of `default`; undefined asks for `initial`. */
  liveOf(project: string | undefined): ServedVersion | undefined {
    return this.#live.get(project)?.version
  }

  /** Projects that have a live version of their own. */
  get liveProjects(): string[] {
    return [...this.#live.keys()].filter(project => project !== undefined)
  }

  /** The version of that key, when it is live or draining: it need not be loaded again. */
  loaded(key: string): ServedVersion | undefined {
    return this.#loaded.get(key)?.version
  }

  /** Hears of every change of a state. @returns ends it */
  onChange(listener: (status: VersionStatus) => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  /** Calls back when a version has answered its last request; from then on it is no longer taken for loaded. */
  onDrained(callback: (version: ServedVersion) => void): void {
    this.#onDrained = callback
  }

  stateOf(project: string | undefined, version: string): VersionState | undefined {
    return this.#seen.get(versionKey(project, version))?.state
  }

  setState(project: string | undefined, version: string, state: VersionState): void {
    const seen = { project, version, state }
    this.#seen.set(versionKey(project, version), seen)
    if (this.#listeners.size === 0) return
    const status = this.#describe(seen)
    for (const listener of this.#listeners) listener(status)
  }

  /** Forgets versions that are neither on disk nor loaded. */
  keepOnly(isKept: (project: string, version: string) => boolean): void {
    for (const [key, { project, version }] of this.#seen) {
      if (project !== undefined && !this.#loaded.has(key) && !isKept(project, version)) this.#seen.delete(key)
    }
  }

  /** One swap: from now on requests get this version; the one before drains. One that is draining comes back as it is. */
  activate(next: ServedVersion): void {
    const before = this.#live.get(next.project)
    const loaded = this.#loaded.get(next.key) ?? { version: next, requests: 0, isDraining: false }
    loaded.isDraining = false
    this.#loaded.set(next.key, loaded)
    this.#live.set(next.project, loaded)
    this.setState(next.project, next.modelVersion, { state: 'active' })
    if (before !== undefined && before !== loaded) this.#retire(before)
  }

  /** `initial` is not needed once `default` has a version. */
  retireInitial(): void {
    const initial = this.#live.get(undefined)
    if (initial === undefined) return
    this.#live.delete(undefined)
    this.#retire(initial)
  }

  /** A project is gone: its version answers what it has begun, and nothing more. */
  retire(project: string): void {
    const loaded = this.#live.get(project)
    if (loaded === undefined) return
    this.#live.delete(project)
    this.#retire(loaded)
  }

  #find(project: string | undefined): LoadedVersion | undefined {
    const own = project === undefined ? undefined : this.#live.get(project)
    return own ?? this.#live.get(defaultProject) ?? this.#live.get(undefined)
  }

  #retire(loaded: LoadedVersion): void {
    loaded.isDraining = true
    this.#setUnlessFailed(loaded.version, { state: 'draining' })
    this.#endIfDrained(loaded)
  }

  #endIfDrained(loaded: LoadedVersion): void {
    if (!loaded.isDraining || loaded.requests > 0) return
    this.#loaded.delete(loaded.version.key)
    this.#onDrained(loaded.version)
    this.#setUnlessFailed(loaded.version, { state: 'unloaded' })
  }

  /** The reason of a failure stays visible while the version drains. */
  #setUnlessFailed({ project, modelVersion }: ServedVersion, state: VersionState): void {
    if (this.stateOf(project, modelVersion)?.state !== 'failed') this.setState(project, modelVersion, state)
  }

  #describe({ project, version, state }: SeenVersion): VersionStatus {
    const requests = this.#loaded.get(versionKey(project, version))?.requests
    return {
      project: project ?? null,
      version,
      state: state.state,
      ...(state.state === 'failed' ? describeFailure(state) : {}),
      ...(state.state === 'held' ? { reason: state.reason } : {}),
      ...(requests === undefined ? {} : { requests }),
    }
  }
}

function describeFailure({ reason, attempts, nextRetryAt }: Extract<VersionState, { state: 'failed' }>) {
  return { reason, attempts, nextRetryAt: nextRetryAt === undefined ? null : new Date(nextRetryAt).toISOString() }
}

function newestFirst(one: SeenVersion, other: SeenVersion): number {
  if (one.project === other.project) return compareVersionNames(other.version, one.version)
  if (one.project === undefined || other.project === undefined) return one.project === undefined ? 1 : -1
  return one.project < other.project ? -1 : 1
}
