import { randomUUID } from 'node:crypto'
import { rmSync } from 'node:fs'
import { type FileHandle, mkdir, mkdtemp, open, readdir, rename, rm, stat, utimes } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { HtxError, isHtxError } from '../../errors/htx-error.ts'

export interface FileCacheOptions {
  /** Default: a fresh temporary directory, made at first use and removed by `close`. */
  readonly directory: string | undefined
  /** Most bytes that are kept. One file must not be larger. */
  readonly limitBytes: number
}

/** The file that is being made. */
export interface FileSink {
  /** Appends. */
  write(bytes: Uint8Array): Promise<void>
  /** Drops what has been written. */
  restart(): Promise<void>
}

/** Files by key, a SHA-256 in hexadecimal. A file is there whole or not at all; the one not asked for longest goes first. */
export interface FileCache {
  /** @returns the path; undefined when it is not there */
  find(key: string): Promise<string | undefined>
  /**
   * Makes a file. Nothing stays when `fill` throws.
   *
   * @param fill writes the bytes and says the extension, such as `.png`
   * @throws HtxError `HTX_INTERNAL` when the disk fails, `HTX_OPTION_INVALID` when the directory cannot be used
   */
  add(key: string, fill: (sink: FileSink) => Promise<string>): Promise<string>
  close(): Promise<void>
}

interface Entry {
  readonly path: string
  readonly bytes: number
}

const fileName = /^([0-9a-f]{64})(\.[a-z0-9]{1,8})?$/
const partName = /^[0-9a-f]{64}\.[0-9a-f-]{36}\.part$/

/** No download takes that long: what is left of one is from a process that ended. */
const deadAfterMs = 24 * 60 * 60 * 1000

/** Several may share a directory: files come by renaming, and one that another removed is made again. */
export function openFileCache({ directory, limitBytes }: FileCacheOptions): FileCache {
  /** Oldest use first. */
  const entries = new Map<string, Entry>()
  let totalBytes = 0
  let opening: Promise<string> | undefined
  let removeAtExit: (() => void) | undefined

  return { find, add, close }

  async function find(key: string): Promise<string | undefined> {
    await ready()
    const entry = entries.get(key)
    if (entry === undefined) return undefined
    forget(key)
    try {
      // Also tells the next process on this directory what was used last.
      const now = new Date()
      await utimes(entry.path, now, now)
    } catch {
      return undefined
    }
    remember(key, entry)
    return entry.path
  }

  async function add(key: string, fill: (sink: FileSink) => Promise<string>): Promise<string> {
    const home = await ready()
    const part = join(home, `${key}.${randomUUID()}.part`)
    try {
      const file = await onDisk(() => open(part, 'ax', 0o600))
      const { bytes, extension } = await fillFile(file, fill)
      const path = join(home, key + extension)
      await onDisk(() => rename(part, path))
      remember(key, { path, bytes })
      evict()
      return path
    } catch (error) {
      await rm(part, { force: true })
      throw error
    }
  }

  function remember(key: string, entry: Entry): void {
    forget(key)
    entries.set(key, entry)
    totalBytes += entry.bytes
  }

  function forget(key: string): void {
    totalBytes -= entries.get(key)?.bytes ?? 0
    entries.delete(key)
  }

  function evict(): void {
    for (const [key, { path }] of entries) {
      if (totalBytes <= limitBytes) return
      forget(key)
      try {
        // At once: the same key may be made again while an asynchronous removal waits for its turn.
        rmSync(path, { force: true })
      } catch {
        // On Windows a file that is being read stays; it goes with the directory.
      }
    }
  }

  function ready(): Promise<string> {
    opening ??= directory === undefined ? makeOwn() : openGiven(resolve(directory))
    return opening
  }

  async function makeOwn(): Promise<string> {
    const made = await onDisk(() => mkdtemp(join(tmpdir(), 'htx-task-data-')))
    // For programs that end without closing.
    removeAtExit = () => rmSync(made, { recursive: true, force: true })
    process.once('exit', removeAtExit)
    return made
  }

  async function openGiven(given: string): Promise<string> {
    try {
      await mkdir(given, { recursive: true, mode: 0o700 })
      for (const { key, entry } of await listFiles(given)) remember(key, entry)
    } catch (error) {
      opening = undefined
      const { code = 'unknown reason' } = error as NodeJS.ErrnoException
      const message = `cacheDir must be a directory that can be written; ${given}: ${code}`
      throw new HtxError('HTX_OPTION_INVALID', message, { cause: error })
    }
    evict()
    return given
  }

  async function close(): Promise<void> {
    const home = await opening?.catch(() => undefined)
    if (directory === undefined && home !== undefined) await rm(home, { recursive: true, force: true })
    if (removeAtExit !== undefined) process.off('exit', removeAtExit)
  }
}

/** The files of an earlier process, oldest use first; removes the parts that it left. */
async function listFiles(directory: string): Promise<{ readonly key: string; readonly entry: Entry }[]> {
  const found: { key: string; entry: Entry; usedMs: number }[] = []
  for (const name of await readdir(directory)) {
    const path = join(directory, name)
    const key = fileName.exec(name)?.[1]
    if (key === undefined && !partName.test(name)) continue
    const facts = await stat(path).catch(() => undefined)
    if (facts === undefined) continue
    if (key !== undefined) found.push({ key, entry: { path, bytes: facts.size }, usedMs: facts.mtimeMs })
    else if (Date.now() - facts.mtimeMs > deadAfterMs) await rm(path, { force: true })
  }
  return found.sort((a, b) => a.usedMs - b.usedMs)
}

async function fillFile(file: FileHandle, fill: (sink: FileSink) => Promise<string>) {
  let bytes = 0
  try {
    const extension = await fill({
      async write(chunk) {
        await onDisk(() => file.appendFile(chunk))
        bytes += chunk.length
      },
      async restart() {
        await onDisk(() => file.truncate(0))
        bytes = 0
      },
    })
    return { bytes, extension }
  } finally {
    await file.close()
  }
}

/** A full disk is neither the value's fault nor the other side's. */
async function onDisk<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    if (isHtxError(error)) throw error
    const { code = 'unknown reason' } = error as NodeJS.ErrnoException
    const message = `a file of task data cannot be kept on disk: ${code}; see to the space and the rights of its cacheDir`
    throw new HtxError('HTX_INTERNAL', message, { cause: error })
  }
}
