import { randomUUID } from 'node:crypto'
import { mkdirSync, rmSync, statSync } from 'node:fs'
import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, dirname, join, resolve } from 'node:path'
import { HtxError } from '../../errors/htx-error.ts'
import {
  type FileSink,
  fileIn,
  fillFile,
  type KeptFile,
  listFiles,
  putInPlace,
  touch,
  touchAgain,
} from './content-files.ts'
import { contentOf, forgetKeys, nameContent } from './content-keys.ts'
import { now } from './leases.ts'
import { onDisk } from './on-disk.ts'

export interface FileCacheOptions {
  /** Default: a fresh temporary directory, made at first use and removed by `close`. */
  readonly directory: string | undefined
  /** Most bytes that are kept, but for those that somebody has a lease of. One file must not be larger. */
  readonly limitBytes: number
}

/**
 * Files by key, a SHA-256 in hexadecimal. What is equal is kept once, under one path. A file is there whole or not at all; the one not asked
 * for longest goes first.
 */
export interface FileCache {
  /** @returns the path; undefined when it is not there */
  find(key: string): Promise<string | undefined>
  /**
   * Makes a file. Nothing stays when `fill` throws.
   *
   * @param fill writes the bytes and says the extension, such as `.png`
   * @param leaseMs how long it stays in any case
   * @throws HtxError `HTX_INTERNAL` when the disk fails, `HTX_OPTION_INVALID` when the directory cannot be used
   */
  add(key: string, fill: (sink: FileSink) => Promise<string>, leaseMs?: number): Promise<string>
  close(): Promise<void>
}

/**
 * The directory is the truth, so that all workers of a server may share one: each file lies in a directory named by its content, and a small
 * file for each key names that; both come by renaming. Two who make the same file at once end with one; one that another removed is made again.
 */
export function openFileCache({ directory, limitBytes }: FileCacheOptions): FileCache {
  /** What has come since the directory was last listed. Listing costs, so that it waits for a sixteenth of the limit. */
  let newBytes = Number.POSITIVE_INFINITY
  let opening: Promise<string> | undefined
  let removeAtExit: (() => void) | undefined

  return { find, add, close }

  async function find(key: string): Promise<string | undefined> {
    const home = await ready()
    const digest = await contentOf(home, key)
    const path = digest === undefined ? undefined : await fileIn(join(home, digest))
    if (path === undefined) return undefined
    try {
      touchAgain(path)
    } catch {
      return undefined
    }
    return path
  }

  async function add(key: string, fill: (sink: FileSink) => Promise<string>, leaseMs = 0): Promise<string> {
    const home = await ready()
    const part = join(home, `${key}.${randomUUID()}.part`)
    try {
      await onDisk(async () => mkdirSync(part, { mode: 0o700 }))
      const { path, bytes, digest } = await fillFile(part, fill)
      touch(path, leaseMs)
      const kept = await putInPlace(part, join(home, digest), basename(path), leaseMs)
      await nameContent(home, key, digest)
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
    const time = now()
    const bytesOf = (files: readonly KeptFile[]) => files.reduce((sum, { bytes }) => sum + bytes, 0)
    const free = entries.filter(({ usedMs }) => usedMs <= time)
    const freeBytes = bytesOf(free)
    // Half is left to the others, however much is leased.
    const leasedBytes = Math.min(bytesOf(entries) - freeBytes, limitBytes / 2)
    let totalBytes = freeBytes + leasedBytes
    const doomed: KeptFile[] = []
    for (const entry of free) {
      if (totalBytes <= limitBytes) break
      totalBytes -= entry.bytes
      doomed.push(entry)
    }
    for (const { path } of doomed) {
      try {
        // At once: the same key may be made again while an asynchronous removal waits for its turn.
        if (statSync(path).mtimeMs <= now()) rmSync(dirname(path), { recursive: true, force: true })
      } catch {
        // It has gone already; or, on Windows, a file that is being read stays, and goes with the directory.
      }
    }
    if (doomed.length > 0) await forgetKeys(home)
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
