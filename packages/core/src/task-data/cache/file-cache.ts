import { randomUUID } from 'node:crypto'
import { rmSync } from 'node:fs'
import { mkdir, mkdtemp, open, readdir, rename, rm, stat, utimes } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, dirname, join, resolve } from 'node:path'
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

const keyName = /^[0-9a-f]{64}$/
const partName = /^[0-9a-f]{64}\.[0-9a-f-]{36}\.part$/

/** No download takes that long: what is left of one is from a process that ended. */
const deadAfterMs = 24 * 60 * 60 * 1000

/**
 * The directory is the truth, so that all workers of a server may share one: each file lies in a directory named by its key, which comes
 * by renaming. Two who make the same file at once end with one; one that another removed is made again.
 */
export function openFileCache({ directory, limitBytes }: FileCacheOptions): FileCache {
  /** What has come since the directory was last listed. Listing costs, so that it waits for a sixteenth of the limit. */
  let newBytes = Number.POSITIVE_INFINITY
  let opening: Promise<string> | undefined
  let removeAtExit: (() => void) | undefined

  return { find, add, close }

  async function find(key: string): Promise<string | undefined> {
    const path = await fileIn(join(await ready(), key))
    if (path === undefined) return undefined
    try {
      await touch(path)
    } catch {
      return undefined
    }
    return path
  }

  async function add(key: string, fill: (sink: FileSink) => Promise<string>): Promise<string> {
    const home = await ready()
    const part = join(home, `${key}.${randomUUID()}.part`)
    try {
      await onDisk(() => mkdir(part, { mode: 0o700 }))
      const { path, bytes } = await fillFile(part, fill)
      await touch(path)
      const kept = await putInPlace(part, join(home, key), basename(path))
      newBytes += bytes
      if (newBytes > limitBytes / 16) await evict(home)
      return kept
    } catch (error) {
      await rm(part, { recursive: true, force: true })
      throw error
    }
  }

  async function evict(home: string): Promise<void> {
    newBytes = 0
    const entries = await listFiles(home)
    let totalBytes = entries.reduce((sum, { bytes }) => sum + bytes, 0)
    for (const { path, bytes } of entries) {
      if (totalBytes <= limitBytes) return
      totalBytes -= bytes
      try {
        // At once: the same key may be made again while an asynchronous removal waits for its turn.
        rmSync(dirname(path), { recursive: true, force: true })
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
      await evict(given)
    } catch (error) {
      opening = undefined
      const { code = 'unknown reason' } = error as NodeJS.ErrnoException
      const message = `cacheDir must be a directory that can be written; ${given}: ${code}`
      throw new HtxError('HTX_OPTION_INVALID', message, { cause: error })
    }
    return given
  }

  async function close(): Promise<void> {
    const home = await opening?.catch(() => undefined)
    if (directory === undefined && home !== undefined) await rm(home, { recursive: true, force: true })
    if (removeAtExit !== undefined) process.off('exit', removeAtExit)
  }
}

/** Tells everybody on the directory what was used last. More exactly than the file system, which writes times a few milliseconds apart. */
async function touch(path: string): Promise<void> {
  const seconds = (performance.timeOrigin + performance.now()) / 1000
  await utimes(path, seconds, seconds)
}

/** The one file of a directory. */
async function fileIn(directory: string): Promise<string | undefined> {
  const [name] = await readdir(directory).catch(() => [])
  return name === undefined ? undefined : join(directory, name)
}

/** All files, the oldest use first; removes the dead parts. */
async function listFiles(home: string): Promise<Entry[]> {
  const found: (Entry & { readonly usedMs: number })[] = []
  for (const name of await readdir(home)) {
    const directory = join(home, name)
    const path = keyName.test(name) ? await fileIn(directory) : partName.test(name) ? directory : undefined
    const facts = path === undefined ? undefined : await stat(path).catch(() => undefined)
    if (path === undefined || facts === undefined) continue
    if (path !== directory) found.push({ path, bytes: facts.size, usedMs: facts.mtimeMs })
    else if (Date.now() - facts.mtimeMs > deadAfterMs) await rm(path, { recursive: true, force: true })
  }
  return found.sort((one, other) => one.usedMs - other.usedMs)
}

async function fillFile(part: string, fill: (sink: FileSink) => Promise<string>): Promise<Entry> {
  const draft = join(part, 'file')
  const file = await onDisk(() => open(draft, 'ax', 0o600))
  let bytes = 0
  let extension: string
  try {
    extension = await fill({
      async write(chunk) {
        await onDisk(() => file.appendFile(chunk))
        bytes += chunk.length
      },
      async restart() {
        await onDisk(() => file.truncate(0))
        bytes = 0
      },
    })
  } finally {
    await file.close()
  }
  const path = join(part, `file${extension}`)
  await onDisk(() => rename(draft, path))
  return { path, bytes }
}

async function putInPlace(part: string, target: string, name: string): Promise<string> {
  try {
    await rename(part, target)
    return join(target, name)
  } catch (error) {
    // Another worker was first: its file is as good.
    const there = await fileIn(target)
    if (there === undefined) return onDisk(() => Promise.reject(error))
    await rm(part, { recursive: true, force: true })
    return there
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
