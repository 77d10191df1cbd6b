import {
  compareVersionNames,
  defaultProject,
  HtxError,
  initialVersion,
  messageOf,
  orderByChoice,
  type ServingChoice,
} from '@htx/core'
import { type ServedVersion, versionKey } from './served-version.ts'
import { VersionSwitch, type VersionSwitchSettings } from './version-switch.ts'
import { Watcher } from './watcher.ts'

export interface ReconcilerSettings extends VersionSwitchSettings {
  /** How often the directory is listed without an event, milliseconds, give or take a fifth. */
  readonly scanIntervalMs: number
  readonly watchPolling: boolean
  /** How often to look when polling, milliseconds. Default: 500. */
  readonly watchPollMs?: number
  /** How long a live version must be gone from disk before an older one takes its place: a directory may be put back. Default: 10,000. */
  readonly vanishGraceMs?: number
  /** Called after each look at the directory: whether it could be listed. */
  onLook?(isListed: boolean): void
}

const initialKey = versionKey(undefined, initialVersion)

type Listing = ReadonlyMap<string, readonly string[]>

/**
 * Makes what is served equal to what lies in the models directory: the chosen, else the newest version of each project that can be verified and loaded.
 * Events and a timer only wake it; every run looks at the whole directory.
 */
export class Reconciler {
  readonly #settings: ReconcilerSettings
  readonly #switch: VersionSwitch
  readonly #watcher: Watcher
  /** Since when live versions are gone from disk, by a clock that nobody sets: milliseconds. */
  readonly #vanished = new Map<string, number>()
  #initialResources: Readonly<Record<string, unknown>> | undefined
  #timer: NodeJS.Timeout | undefined
  #running: Promise<void> | undefined
  #isWoken = false
  /** Said once, until it is over. */
  #complaint: string | undefined
  #closed = false

  constructor(settings: ReconcilerSettings) {
    this.#settings = settings
    const { store, watchPolling, watchPollMs, log } = settings
    this.#switch = new VersionSwitch(settings)
    this.#watcher = new Watcher({
      directory: store.directory,
      polling: watchPolling,
      ...(watchPollMs === undefined ? {} : { pollMs: watchPollMs }),
      onChange: () => this.wake('the models directory changed'),
      onError: error => log.warn({ err: error }, 'watching the models directory failed; it is listed by the clock'),
    })
  }

  /**
   * Loads what is there and keeps watching.
   *
   * @param initial resources of the version that serves before the first training; undefined: nothing serves then
   * @throws HtxError `HTX_MODEL_LOAD_FAILED` when the untrained model should serve, cannot, and nothing else serves either
   */
  async start({ initial }: { readonly initial: Readonly<Record<string, unknown>> | undefined }): Promise<void> {
    const { versions } = this.#settings
    this.#initialResources = initial
    await this.#watcher.refresh()
    this.wake('start')
    await this.settled()
    const state = versions.stateOf(undefined, initialVersion)
    const servesNothing = versions.current(undefined) === undefined && versions.liveProjects.length === 0
    if (initial !== undefined && servesNothing && state?.state === 'failed') {
      throw new HtxError('HTX_MODEL_LOAD_FAILED', state.reason)
    }
    this.#schedule()
  }

  /** Looks again soon. */
  wake(reason: string): void {
    if (this.#closed) return
    this.#settings.log.debug({ reason }, 'looking at the models directory')
    this.#isWoken = true
    this.#running ??= this.#runWhileWoken()
  }

  /** Resolves when nothing is left to do now; versions that wait for another attempt are left to the clock. */
  async settled(): Promise<void> {
    while (this.#running !== undefined) await this.#running
  }

  /** A version that serves could not be loaded into a new worker: another one is wanted. Unknown keys are passed over. */
  async reconsider(key: string, reason: string): Promise<void> {
    const { versions, log } = this.#settings
    const version = versions.loaded(key)
    if (version === undefined) return
    log.error({ version: key, reason }, 'a version that serves could not be loaded again')
    await this.#switch.markBroken(version, reason)
    this.wake('a version could not be loaded again')
  }

  /** Stops looking; what is loaded stays so. A load under way is given up. Idempotent. */
  async close(): Promise<void> {
    this.#closed = true
    clearTimeout(this.#timer)
    this.#switch.close()
    await this.#watcher.close()
    await this.settled()
  }

  /** The clock finds what no event told; not all at the same moment where many servers share a directory. */
  #schedule(): void {
    if (this.#closed) return
    const jitter = 0.8 + Math.random() * 0.4
    this.#timer = setTimeout(async () => {
      await this.#watcher.refresh().catch(error => this.#complain(`cannot watch: ${messageOf(error)}`))
      this.wake('the clock')
      await this.settled()
      this.#schedule()
    }, this.#settings.scanIntervalMs * jitter)
    this.#timer.unref()
  }

  async #runWhileWoken(): Promise<void> {
    while (this.#isWoken && !this.#closed) {
      this.#isWoken = false
      await this.#run().catch(error => this.#complain(messageOf(error)))
    }
    this.#running = undefined
  }

  async #run(): Promise<void> {
    const { store } = this.#settings
    const found = await this.#list()
    if (found === undefined) this.#complain(`${store.directory} is gone`)
    else {
      this.#complaint = undefined
      this.#remember(found)
      for (const project of new Set([...found.keys(), ...this.#settings.versions.liveProjects])) {
        await this.#bringUp(project, found.get(project) ?? [])
      }
    }
    await this.#bringUpInitial()
  }

  async #list(): Promise<Listing | undefined> {
    const { store, onLook } = this.#settings
    let found: Listing | undefined
    try {
      found = await store.list()
      return found
    } finally {
      onLook?.(found !== undefined)
    }
  }

  #remember(found: Listing): void {
    const { versions } = this.#settings
    const onDisk = new Set([...found].flatMap(([project, names]) => names.map(name => versionKey(project, name))))
    versions.keepOnly((project, name) => onDisk.has(versionKey(project, name)))
    // `initial` never lies on disk, and its pauses hold all the same.
    this.#switch.keepOnly(key => key === initialKey || onDisk.has(key))
    for (const [project, names] of found) {
      for (const name of names) {
        if (versions.stateOf(project, name) === undefined) versions.setState(project, name, { state: 'discovered' })
      }
    }
  }

  /** Brings the version of a project live that is wanted most and can be. */
  async #bringUp(project: string, names: readonly string[]): Promise<void> {
    const live = this.#settings.versions.liveOf(project)
    const choice = names.length === 0 ? undefined : await this.#choice(project)
    const candidates = orderByChoice(live === undefined ? names : this.#candidates(live, names), choice)
    for (const name of candidates.toReversed()) {
      if (this.#closed) return
      if (name === live?.modelVersion && this.#switch.isFine(live.key)) return
      if (await this.#switch.attempt(project, name, { isChosen: name === choice?.version })) return
    }
  }

  /** A choice that cannot be read is none. */
  async #choice(project: string): Promise<ServingChoice | undefined> {
    try {
      return await this.#settings.store.choice(project)
    } catch (error) {
      this.#complain(`project ${project}: ${messageOf(error)}`)
      return undefined
    }
  }

  /** A live version that is gone from disk may be put back: for a while only a newer one takes its place. */
  #candidates(live: ServedVersion, names: readonly string[]): readonly string[] {
    const { vanishGraceMs = 10_000, log } = this.#settings
    const { key, project, modelVersion } = live
    if (names.includes(modelVersion)) {
      this.#vanished.delete(key)
      return names
    }
    const since = this.#vanished.get(key)
    if (since === undefined) {
      log.warn(
        { project, version: modelVersion },
        'the version that serves is gone from disk; it goes on until another takes its place',
      )
      this.#vanished.set(key, performance.now())
    }
    const now = performance.now()
    if (now - (since ?? now) >= vanishGraceMs) return names
    return names.filter(name => compareVersionNames(name, modelVersion) > 0)
  }

  /** The untrained model serves as long as `default` has no version that does. */
  async #bringUpInitial(): Promise<void> {
    const { versions } = this.#settings
    const live = versions.liveOf(undefined)
    const isWanted = this.#initialResources !== undefined && versions.liveOf(defaultProject) === undefined
    if (!isWanted || this.#closed || (live !== undefined && this.#switch.isFine(live.key))) return
    await this.#switch.attemptInitial(this.#initialResources ?? {})
  }

  #complain(problem: string): void {
    if (this.#complaint === problem) return
    this.#complaint = problem
    this.#settings.log.warn(
      { directory: this.#settings.store.directory, problem },
      'the models directory cannot be looked at; what is loaded goes on serving',
    )
  }
}
