import { createHash } from 'node:crypto'
import { HtxError } from '../errors/htx-error.ts'
import { readDataUri } from './data-uri.ts'
import { openDownloader } from './download.ts'
import { openFileCache, type WriteBytes } from './file-cache.ts'
import { fileExtension } from './file-extension.ts'
import { labelStudioUrl } from './label-studio-address.ts'
import { limitConcurrency } from './limit-concurrency.ts'
import { findLocalFile } from './local-file.ts'
import { openSharedWork } from './shared-work.ts'
import { showValue } from './show-value.ts'
import { completeTaskDataOptions, type TaskDataOptions } from './task-data-options.ts'

export type { TaskDataOptions } from './task-data-options.ts'

/** Brings the files behind task data to this machine. */
export interface TaskData extends AsyncDisposable {
  /**
   * Files are kept: the same value gives the same file until `cacheLimitBytes` of others have come after it. Callers that ask
   * for one value at the same time share its download, which ends early only when all have given up.
   *
   * @param value an http(s) URL, a `data:` URI, a path of Label Studio (`/data/upload/…`, `upload/…`,
   * `/data/local-files/?d=…`) or, under `root`, a local path or `file:` URL
   * @returns the absolute path of a local file with the extension of what it holds; not to be written to
   * @throws HtxError `HTX_TASK_DATA_INVALID` when the value is wrong, `HTX_TASK_DATA_UNREACHABLE` when the other side fails,
   * `HTX_INTERNAL` when the disk does, `HTX_DRAINING` after `close`; the reason of `signal`
   */
  resolve(value: string, options?: { readonly signal?: AbortSignal }): Promise<string>
  /** Ends downloads and removes what was fetched, unless it lies in a `cacheDir` of the caller. Idempotent. */
  close(): Promise<void>
}

/** A batch has many files; more at once than this would be an attack on a small Label Studio. */
const downloadsAtOnce = 16

/**
 * Opens the task data of one worker. Nothing is fetched or made before the first value asks for it.
 *
 * @example
 * await using taskData = openTaskData({ labelStudio: { url: 'http://localhost:8080', apiKey } })
 * const path = await taskData.resolve('/data/upload/12/3f2a-cat.png')
 * @throws HtxError `HTX_OPTION_INVALID`
 */
export function openTaskData(options: TaskDataOptions = {}): TaskData {
  const settings = completeTaskDataOptions(options)
  const { labelStudio, fileLimitBytes } = settings
  const cache = openFileCache({ directory: settings.cacheDir, limitBytes: settings.cacheLimitBytes })
  const downloader = openDownloader(settings)
  const downloads = openSharedWork<string>()
  const limited = limitConcurrency(downloadsAtOnce)
  let closing: Promise<void> | undefined

  return { resolve: resolveValue, close, [Symbol.asyncDispose]: close }

  async function resolveValue(value: string, { signal }: { readonly signal?: AbortSignal } = {}): Promise<string> {
    signal?.throwIfAborted()
    if (closing !== undefined) throw closedError()
    if (/^data:/i.test(value)) return keep(value, write => writeDataUri(value, write), signal)
    const url = remoteUrl(value)
    if (url === undefined) return findLocalFile(value, settings.root)
    return keep(url.href, (write, stop) => fetchTo(write, url, stop), signal)
  }

  /** The URL behind a value; undefined when it can only name a local file. */
  function remoteUrl(value: string): URL | undefined {
    // Two letters at least: C:\ is a path.
    const scheme = /^([a-z][a-z0-9+.-]+):/i.exec(value)?.[1]?.toLowerCase()
    if (scheme === 'http' || scheme === 'https') return readHttpUrl(value)
    if (scheme === 's3' || scheme === 'gs' || scheme === 'azure-blob') {
      const why = `${scheme}:// storage is not built yet; give the tasks http(s) URLs, signed ones where the storage is private`
      throw new HtxError('HTX_TASK_DATA_INVALID', `${showValue(value)} cannot be fetched: ${why}`)
    }
    if (scheme !== undefined && scheme !== 'file' && value.includes('://')) {
      throw new HtxError(
        'HTX_TASK_DATA_INVALID',
        `${showValue(value)} must be an http(s), data: or file: URL, or a path`,
      )
    }
    return labelStudioUrl(value, labelStudio)
  }

  function keep(
    identity: string,
    fill: (write: WriteBytes, stop: AbortSignal) => Promise<string>,
    signal: AbortSignal | undefined,
  ): Promise<string> {
    const key = createHash('sha256').update(identity).digest('hex')
    const bring = async (stop: AbortSignal) =>
      (await cache.find(key)) ?? (await limited(() => cache.add(key, write => fill(write, stop)), stop))
    return downloads.join(key, bring, signal)
  }

  async function writeDataUri(uri: string, write: WriteBytes): Promise<string> {
    const { mediaType, bytes } = readDataUri(uri, fileLimitBytes)
    await write(bytes)
    return fileExtension([], mediaType)
  }

  async function fetchTo(write: WriteBytes, url: URL, signal: AbortSignal): Promise<string> {
    const authorization = url.origin === labelStudio?.base.origin ? labelStudio.authorization : undefined
    const downloaded = await downloader.download({ url, authorization, signal, write })
    return fileExtension([url, downloaded.url], downloaded.mediaType)
  }

  function close(): Promise<void> {
    closing ??= (async () => {
      await downloads.stop(closedError())
      await downloader.close()
      await cache.close()
    })()
    return closing
  }
}

function readHttpUrl(value: string): URL {
  const url = URL.canParse(value) ? new URL(value) : undefined
  if (url === undefined || url.username !== '' || url.password !== '') {
    const problem = url === undefined ? 'is not well-formed' : 'has credentials, which are not sent'
    throw new HtxError(
      'HTX_TASK_DATA_INVALID',
      `${showValue(value)} ${problem}; expected a URL such as https://example.com/cat.png`,
    )
  }
  // Servers do not see it: the same file with another one is the same file.
  url.hash = ''
  return url
}

function closedError(): HtxError {
  return new HtxError('HTX_DRAINING', 'the task data is closed: this worker is shutting down')
}
