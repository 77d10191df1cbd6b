import { HtxError } from '../errors/htx-error.ts'
import { type LabelStudioAccess, type LabelStudioAddress, readLabelStudioAddress } from './label-studio-address.ts'

export interface TaskDataOptions {
  /**
   * Where files are kept. Default: a fresh temporary directory, removed by `close`. Name one to keep files over restarts; it
   * must be private to those who may see the tasks.
   */
  readonly cacheDir?: string
  /**
   * Most bytes of files that are kept; the one that was not asked for longest goes first. Must hold all files of the largest
   * batch at once. Default: 1 GiB.
   */
  readonly cacheLimitBytes?: number
  /** Largest file, bytes, counted after decompression. Default: 256 MiB. */
  readonly fileLimitBytes?: number
  /** Longest wait for the next byte, milliseconds. Default: 30,000. */
  readonly idleTimeoutMs?: number
  /** Longest download, redirects included, milliseconds. Raise it for large files over slow lines. Default: 120,000. */
  readonly timeoutMs?: number
  /** Where values such as `/data/upload/…` lie. Default: nowhere. */
  readonly labelStudio?: LabelStudioAddress
  /** Directory whose files values may name by path; links that lead out of it are refused. Default: no file may be named. */
  readonly root?: string
}

/** The same, checked and complete. */
export interface TaskDataSettings {
  readonly cacheDir: string | undefined
  readonly cacheLimitBytes: number
  readonly fileLimitBytes: number
  readonly idleTimeoutMs: number
  readonly timeoutMs: number
  readonly labelStudio: LabelStudioAccess | undefined
  readonly root: string | undefined
}

const mebibyte = 1024 * 1024

/** Timers of the runtimes take no more; a larger one would fire at once. */
const longestTimeoutMs = 2 ** 31 - 1

/** Checks the options, fills in what is missing and freezes the result. @throws HtxError `HTX_OPTION_INVALID` */
export function completeTaskDataOptions(options: TaskDataOptions): TaskDataSettings {
  const { cacheLimitBytes = 1024 * mebibyte, idleTimeoutMs = 30_000, timeoutMs = 120_000 } = options
  const fileLimitBytes = options.fileLimitBytes ?? Math.min(256 * mebibyte, cacheLimitBytes)
  checkInteger('cacheLimitBytes', cacheLimitBytes, Number.MAX_SAFE_INTEGER)
  checkInteger('fileLimitBytes', fileLimitBytes, cacheLimitBytes)
  checkInteger('idleTimeoutMs', idleTimeoutMs, longestTimeoutMs)
  checkInteger('timeoutMs', timeoutMs, longestTimeoutMs)
  return Object.freeze({
    cacheDir: readPath('cacheDir', options.cacheDir),
    cacheLimitBytes,
    fileLimitBytes,
    idleTimeoutMs,
    timeoutMs,
    labelStudio: options.labelStudio === undefined ? undefined : readLabelStudioAddress(options.labelStudio),
    root: readPath('root', options.root),
  })
}

function checkInteger(name: string, value: number, most: number): void {
  if (Number.isSafeInteger(value) && value >= 1 && value <= most) return
  throw new HtxError(
    'HTX_OPTION_INVALID',
    `task data: ${name} must be a whole number from 1 to ${most}; it is ${value}`,
  )
}

function readPath(name: string, path: string | undefined): string | undefined {
  if (path === undefined || (typeof path === 'string' && path !== '')) return path
  throw new HtxError(
    'HTX_OPTION_INVALID',
    `task data: ${name} must be the path of a directory; it is ${JSON.stringify(path)}`,
  )
}
