import { createHash } from 'node:crypto'
import { renameSync, statSync, utimesSync } from 'node:fs'
import { open, readdir, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { now } from './leases.ts'
import { onDisk } from './on-disk.ts'

/*
 * Files by what they hold: each lies alone in a directory that its SHA-256 names. Names and times are changed at once: that takes some
 * microseconds, and the way through the thread pool ten times as many, for each of hundreds of files a second.
 */

/** The file that is being made. */
export interface FileSink {
  /** Appends. */
  write(bytes: Uint8Array): Promise<void>
  /** Drops what has been written. */
  restart(): Promise<void>
}

export interface KeptFile {
  readonly path: string
  readonly bytes: number
  /** When it was last asked for; until when somebody has a lease of it, if that lies ahead. Milliseconds since 1970. */
  readonly usedMs: number
}

/** A file that was just made, and the SHA-256 of what it holds. */
export interface NewFile {
  readonly path: string
  readonly bytes: number
  readonly digest: string
}

export const digestName: RegExp = /^[0-9a-f]{64}$/
const partName = /^[0-9a-f]{64}\.[0-9a-f-]{36}\.part$/

/** No download takes that long: what is left of one is from a process that ended. */
const deadAfterMs = 24 * 60 * 60 * 1000

/** Tells everybody on the directory what was used last. More exactly than the file system, which writes times a few milliseconds apart. */
export function touch(path: string, leaseMs = 0): void {
  const seconds = (now() + leaseMs) / 1000
  utimesSync(path, seconds, seconds)
}

/** The same for a file that somebody may have a lease of, which stays. */
export function touchAgain(path: string, leaseMs = 0): void {
  if (statSync(path).mtimeMs <= now() + leaseMs) touch(path, leaseMs)
}

/** The one file of a directory. */
export async function fileIn(directory: string): Promise<string | undefined> {
  const [name] = await readdir(directory).catch(() => [])
  return name === undefined ? undefined : join(directory, name)
}

/** All files, the oldest use first; removes the dead parts: by the clock and by one that nobody sets, so that a step of the clock kills no download. */
export async function listFiles(home: string): Promise<KeptFile[]> {
  const found: KeptFile[] = []
  for (const name of await readdir(home)) {
    const directory = join(home, name)
    const path = digestName.test(name) ? await fileIn(directory) : partName.test(name) ? directory : undefined
    const facts = path === undefined ? undefined : await stat(path).catch(() => undefined)
    if (path === undefined || facts === undefined) continue
    if (path !== directory) found.push({ path, bytes: facts.size, usedMs: facts.mtimeMs })
    else if (Math.min(Date.now(), now()) - facts.mtimeMs > deadAfterMs) await rm(path, { recursive: true, force: true })
  }
  return found.sort((one, other) => one.usedMs - other.usedMs)
}

/** Makes the file of a part. */
export async function fillFile(part: string, fill: (sink: FileSink) => Promise<string>): Promise<NewFile> {
  const draft = join(part, 'file')
  const file = await onDisk(() => open(draft, 'ax', 0o600))
  let bytes = 0
  let hash = createHash('sha256')
  let extension: string
  try {
    extension = await fill({
      async write(chunk) {
        await onDisk(() => file.appendFile(chunk))
        hash.update(chunk)
        bytes += chunk.length
      },
      async restart() {
        await onDisk(() => file.truncate(0))
        hash = createHash('sha256')
        bytes = 0
      },
    })
  } finally {
    await file.close()
  }
  const path = join(part, `file${extension}`)
  await onDisk(async () => renameSync(draft, path))
  return { path, bytes, digest: hash.digest('hex') }
}

/** Gives a part its name. @returns the path of its file */
export async function putInPlace(part: string, target: string, name: string, leaseMs: number): Promise<string> {
  try {
    renameSync(part, target)
    return join(target, name)
  } catch (error) {
    // Another worker was first: its file is as good.
    const there = await fileIn(target)
    if (there === undefined) return onDisk(() => Promise.reject(error))
    try {
      touchAgain(there, leaseMs)
    } catch {
      // It is being removed: who needs it asks again.
    }
    await rm(part, { recursive: true, force: true })
    return there
  }
}
