import { HtxError } from '../errors/htx-error.ts'
import { type AddressPolicy, openAddressPolicy } from './addresses/address-policy.ts'
import { readAuthorities } from './addresses/certificate-authorities.ts'
import { type LabelStudioAddress, type LabelStudioBase, readLabelStudioAddress } from './label-studio/address.ts'

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
  /** Most downloads at once; more would be an attack on a small Label Studio. Those that are urgent have as many again. Default: 16. */
  readonly downloadsAtOnce?: number
  /** Longest wait for the next byte, milliseconds. Default: 30,000. */
  readonly idleTimeoutMs?: number
  /** Longest download, redirects included, milliseconds. Raise it for large files over slow lines. Default: 120,000. */
  readonly timeoutMs?: number
  /** Where values such as `/data/upload/…` lie. Default: in the Label Studio that asks, when `resolve` is told which. */
  readonly labelStudio?: LabelStudioAddress
  /**
   * What http(s) values may reach beside public addresses and files of Label Studio: addresses (`10.1.2.3`), ranges (`10.0.0.0/8`), or `any`.
   * Default: nothing inside private networks or on this machine.
   */
  readonly allowAddresses?: readonly string[]
  /** File of certificate authorities in PEM, trusted beside those of the runtime. Default: none. */
  readonly caFile?: string
  /**
   * Document root of Label Studio's local files, where it is a directory of this machine, too: what `/data/local-files/?d=…` names is taken
   * from there when it exists. Default: everything is downloaded.
   */
  readonly localFilesRoot?: string
  /** Directory whose files values may name by path; links that lead out of it are refused. Default: no file may be named. */
  readonly root?: string
}

/** The same, checked and complete. */
export interface TaskDataSettings {
  readonly cacheDir: string | undefined
  readonly cacheLimitBytes: number
  readonly fileLimitBytes: number
  readonly downloadsAtOnce: number
  readonly idleTimeoutMs: number
  readonly timeoutMs: number
  readonly labelStudio: LabelStudioBase | undefined
  readonly addresses: AddressPolicy
  readonly ca: readonly string[] | undefined
  readonly localFilesRoot: string | undefined
  readonly root: string | undefined
}

const mebibyte = 1024 * 1024

/** Each has a socket and a file; a process commonly may have 1,024 of both. */
const mostDownloads = 256

/** Timers of the runtimes take no more; a larger one would fire at once. */
const longestTimeoutMs = 2 ** 31 - 1

/** Checks the options, fills in what is missing and freezes the result. @throws HtxError `HTX_OPTION_INVALID` */
export function completeTaskDataOptions(options: TaskDataOptions): TaskDataSettings {
  const { cacheLimitBytes = 1024 * mebibyte, idleTimeoutMs = 30_000, timeoutMs = 120_000 } = options
  const { downloadsAtOnce = 16 } = options
  const fileLimitBytes = options.fileLimitBytes ?? Math.min(256 * mebibyte, cacheLimitBytes)
  checkInteger('cacheLimitBytes', cacheLimitBytes, Number.MAX_SAFE_INTEGER)
  checkInteger('fileLimitBytes', fileLimitBytes, cacheLimitBytes)
  checkInteger('downloadsAtOnce', downloadsAtOnce, mostDownloads)
  checkInteger('idleTimeoutMs', idleTimeoutMs, longestTimeoutMs)
  checkInteger('timeoutMs', timeoutMs, longestTimeoutMs)
  return Object.freeze({
    cacheDir: readPath('cacheDir', options.cacheDir),
    cacheLimitBytes,
    fileLimitBytes,
    downloadsAtOnce,
    idleTimeoutMs,
    timeoutMs,
    labelStudio: options.labelStudio === undefined ? undefined : readLabelStudioAddress(options.labelStudio),
    addresses: openAddressPolicy(options.allowAddresses ?? []),
    ca: readAuthorities(readPath('caFile', options.caFile)),
    localFilesRoot: readPath('localFilesRoot', options.localFilesRoot),
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
  throw new HtxError('HTX_OPTION_INVALID', `task data: ${name} must be a path; it is ${JSON.stringify(path)}`)
}
