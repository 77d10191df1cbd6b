import { stat } from 'node:fs/promises'
import { basename, dirname } from 'node:path'
import { type FSWatcher, watch } from 'chokidar'

export interface WatcherSettings {
  readonly directory: string
  /** For network file systems, which send no events. */
  readonly polling: boolean
  /** How often to look when polling, milliseconds. Default: 500. */
  readonly pollMs?: number
  /** Called soon after something changed in it; several changes may give one call. */
  onChange(): void
  onError(error: unknown): void
}

/** When a new project is looked at once more. */
const lateMs = 150
/** Changes that come together are told together. */
const settleMs = 20

/**
 * Tells when something changes in the models directory. Its events are hints: some file systems send none, and chokidar falls silent
 * for good when the watched directory itself is deleted and made again, which `refresh` mends.
 */
export class Watcher {
  readonly #settings: WatcherSettings
  #watcher: FSWatcher | undefined
  #watched: string | undefined
  #timer: NodeJS.Timeout | undefined
  #lateTimer: NodeJS.Timeout | undefined
  #closed = false

  constructor(settings: WatcherSettings) {
    this.#settings = settings
  }

  /** Watches, or watches anew when the directory is another one than before. */
  async refresh(): Promise<void> {
    const identity = await this.#identity()
    if (this.#closed || identity === this.#watched) return
    this.#watched = identity
    await this.#watcher?.close()
    if (this.#closed || identity === undefined) return
    const { directory, polling, pollMs = 500 } = this.#settings
    const watcher = watch(directory, {
      // A version appears by a rename into its project's directory: what happens below is of no interest.
      depth: 1,
      ignoreInitial: true,
      usePolling: polling,
      interval: pollMs,
      ignored: path => path !== directory && basename(path).startsWith('.'),
    })
    this.#watcher = watcher
    watcher.on('all', (event, path) => {
      this.#changed()
      // A version that came into a new project before chokidar looked there gives no event of its own.
      if (event === 'addDir' && dirname(path) === directory) this.#lookAgainLater()
    })
    watcher.on('error', error => this.#settings.onError(error))
    // What changed before it was ready gave no event.
    watcher.once('ready', () => this.#changed())
  }

  /** Idempotent. */
  async close(): Promise<void> {
    this.#closed = true
    clearTimeout(this.#timer)
    clearTimeout(this.#lateTimer)
    await this.#watcher?.close()
  }

  #changed(): void {
    if (this.#closed) return
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined
      this.#settings.onChange()
    }, settleMs)
  }

  #lookAgainLater(): void {
    clearTimeout(this.#lateTimer)
    this.#lateTimer = setTimeout(() => this.#changed(), lateMs)
  }

  /** Device, inode and birth: another directory under the same name has another one. */
  async #identity(): Promise<string | undefined> {
    const found = await stat(this.#settings.directory).catch(() => undefined)
    return found === undefined ? undefined : `${found.dev}-${found.ino}-${found.birthtimeMs}`
  }
}
