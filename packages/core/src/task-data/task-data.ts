import { createHash } from 'node:crypto'
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { realpath, rename, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { extname, isAbsolute, join, relative, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { HtxError, messageOf } from '../errors/htx-error.ts'
import { readDataUri } from './data-uri.ts'
import { download } from './download.ts'
import { addressOf, authorizationFor, type LabelStudioAddress } from './label-studio-address.ts'

export interface TaskDataOptions {
  /** Where files are kept. Default: a fresh directory, removed at the end. */
  readonly cacheDir?: string
  /** Largest file, bytes. Default: 256 MiB. */
  readonly fileLimitBytes?: number
  /** Longest pause without a byte, milliseconds. Default: 30,000. */
  readonly idleTimeoutMs?: number
  /** Longest download, milliseconds. Default: 120,000. */
  readonly timeoutMs?: number
  /** Where `/data/…` values lie. Default: nowhere. */
  readonly labelStudio?: LabelStudioAddress
  /** Directory whose files values may name by path. Default: none may. */
  readonly root?: string
}

/** Brings the files behind task data to this machine. */
export interface TaskData {
  /**
   * @param value a URL, a `data:` URI, a path of Label Studio (`/data/upload/…`) or, under `root`, a local path
   * @returns the path of a local file, with the value's extension
   * @throws HtxError `HTX_TASK_DATA_INVALID` when the value is wrong, `HTX_TASK_DATA_UNREACHABLE` when the other side fails
   */
  resolve(value: string, options?: { readonly signal?: AbortSignal }): Promise<string>
  /** Removes what was fetched, unless it lies in a `cacheDir` of the caller. Idempotent. */
  close(): Promise<void>
}

const mebibyte = 1024 * 1024

/** Opens the task data of one worker. Nothing is fetched or made before the first value asks for it. */
export function openTaskData(options: TaskDataOptions = {}): TaskData {
  const { fileLimitBytes = 256 * mebibyte, idleTimeoutMs = 30_000, timeoutMs = 120_000, labelStudio, root } = options
  const running = new Map<string, Promise<string>>()
  let ownDirectory: string | undefined
  let onExit: (() => void) | undefined

  return { resolve: resolveValue, close }

  async function resolveValue(value: string, { signal }: { readonly signal?: AbortSignal } = {}): Promise<string> {
    if (value.startsWith('data:'))
      return keep(value, extensionOfType(value), path => writeFile(path, readDataUri(value, fileLimitBytes)))
    if (/^(s3|gs|azure-blob):/.test(value)) {
      throw new HtxError(
        'HTX_TASK_DATA_INVALID',
        `${value.split(':')[0]}:// storage is not built yet; let Label Studio sign its URLs, or use http(s)`,
      )
    }
    const address = addressOf(value, labelStudio)
    if (address === undefined) return localFile(value)
    const extension = extname(new URL(address).pathname).slice(0, 16)
    return keep(address, extension, path =>
      download(address, path, {
        fileLimitBytes,
        idleTimeoutMs,
        timeoutMs,
        signal,
        authorizationFor: url => authorizationFor(url, labelStudio),
      }),
    )
  }

  /** One download for all that wait; a file appears whole or not at all. */
  function keep(key: string, extension: string, write: (path: string) => Promise<void>): Promise<string> {
    const name = createHash('sha256').update(key).digest('hex') + extension
    const target = join(directory(), name)
    const known = running.get(name)
    if (known !== undefined) return known
    const work = (async () => {
      if (await exists(target)) return target
      const partial = `${target}.${process.hrtime.bigint()}.part`
      try {
        await write(partial)
        await rename(partial, target)
      } catch (error) {
        await rm(partial, { force: true })
        throw error
      }
      return target
    })().finally(() => running.delete(name))
    running.set(name, work)
    return work
  }

  async function localFile(value: string): Promise<string> {
    if (root === undefined) {
      throw new HtxError(
        'HTX_TASK_DATA_INVALID',
        `${shorten(value)} names a local file; allow the directory that it lies in with --data-root, or use a URL`,
      )
    }
    const path = value.startsWith('file:') ? fileURLToPath(value) : isAbsolute(value) ? value : resolve(root, value)
    try {
      const [real, realRoot] = await Promise.all([realpath(path), realpath(root)])
      const inside = relative(realRoot, real)
      if (!inside.startsWith('..') && !isAbsolute(inside)) return real
    } catch (error) {
      throw new HtxError('HTX_TASK_DATA_INVALID', `${shorten(value)} cannot be read: ${messageOf(error)}`, {
        cause: error,
      })
    }
    throw new HtxError('HTX_TASK_DATA_INVALID', `${shorten(value)} lies outside of ${root}, where tasks may name files`)
  }

  function directory(): string {
    if (options.cacheDir !== undefined) {
      mkdirSync(options.cacheDir, { recursive: true })
      return options.cacheDir
    }
    if (ownDirectory === undefined) {
      const made = mkdtempSync(join(tmpdir(), 'htx-task-data-'))
      ownDirectory = made
      // A worker thread that is ended has no time to close.
      onExit = () => rmSync(made, { recursive: true, force: true })
      process.once('exit', onExit)
    }
    return ownDirectory
  }

  async function close(): Promise<void> {
    if (onExit !== undefined) process.off('exit', onExit)
    if (ownDirectory !== undefined) await rm(ownDirectory, { recursive: true, force: true })
    ownDirectory = undefined
  }
}

function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  )
}

/** `data:image/png;base64,…` → `.png` */
function extensionOfType(uri: string): string {
  const subtype = /^data:\w+\/([\w.+-]+)/.exec(uri)?.[1] ?? ''
  const known: Readonly<Record<string, string>> = {
    jpeg: '.jpg',
    'svg+xml': '.svg',
    plain: '.txt',
    mpeg: '.mp3',
    'x-wav': '.wav',
  }
  return known[subtype] ?? (/^[a-z0-9]{1,8}$/.test(subtype) ? `.${subtype}` : '')
}

/** Queries carry signatures. */
function shorten(value: string): string {
  const [path = ''] = value.split('?')
  return path.length > 120 ? `${path.slice(0, 117)}…` : path
}
