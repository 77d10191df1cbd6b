import { createHash } from 'node:crypto'
import { HtxError } from '../errors/htx-error.ts'
import { openConnections } from './addresses/connections.ts'
import type { FileSink } from './cache/content-files.ts'
import { openFileCache } from './cache/file-cache.ts'
import { openLeases } from './cache/leases.ts'
import { limitConcurrency } from './cache/limit-concurrency.ts'
import { openSharedWork } from './cache/shared-work.ts'
import { type CloudLocation, readCloudUri } from './clouds/cloud-location.ts'
import { fetchCloudFile } from './clouds/fetch-cloud-file.ts'
import { openCloudObjects } from './clouds/fetch-object.ts'
import { readDataUri } from './data-uri.ts'
import { download } from './download.ts'
import { fileExtension } from './file-extension.ts'
import type { LabelStudioAccess } from './label-studio/access.ts'
import {
  cloudRoute,
  isLabelStudioFile,
  type LabelStudioAddress,
  labelStudioUrl,
  movedTo,
} from './label-studio/address.ts'
import { openKnownLabelStudios } from './label-studio/known-label-studios.ts'
import { findSharedFile } from './label-studio/shared-file.ts'
import { findLocalFile } from './local-file.ts'
import { showValue } from './show-value.ts'
import { completeTaskDataOptions, type TaskDataOptions } from './task-data-options.ts'

export type { TaskDataOptions } from './task-data-options.ts'

export interface ResolveOptions {
  readonly signal?: AbortSignal
  /** The Label Studio that asks. It stands in where the options name none; its key goes to itself alone. */
  readonly caller?: LabelStudioAddress | undefined
  /** Label Studio's id of the project, and of the task that holds the value: it signs addresses in clouds for these. */
  readonly project?: string | undefined
  readonly task?: number | string | null | undefined
  /** True when a person waits for it: downloads of others do not hold it up. Default: false. */
  readonly urgent?: boolean
  /** How long a file stays in any case, milliseconds, unless it is released before. Default: 0. */
  readonly leaseMs?: number
}

/** Brings the files behind task data to this machine. */
export interface TaskData extends AsyncDisposable {
  /**
   * Files are kept: the same value gives the same file until `cacheLimitBytes` of others have come after it. Callers that ask
   * for one value at the same time share its download, which ends early only when all have given up.
   *
   * @param value an http(s) URL, a `data:` URI, a path of Label Studio (`/data/upload/…`, `upload/…`,
   * `/data/local-files/?d=…`), a file in a cloud (`s3://…`, `gs://…`, `azure-blob://…`) or, under `root`, a local path or `file:` URL
   * @returns the absolute path of a local file with the extension of what it holds; not to be written to
   * @throws HtxError `HTX_TASK_DATA_INVALID` when the value is wrong, `HTX_TASK_DATA_REFUSED` when it leads into a private network,
   * `HTX_TASK_DATA_UNREACHABLE`, `HTX_LABEL_STUDIO_UNREACHABLE` or `HTX_LABEL_STUDIO_REFUSED` when the other side fails,
   * `HTX_INTERNAL` when the disk does, `HTX_DRAINING` after `close`; the reason of `signal`
   */
  resolve(value: string, options?: ResolveOptions): Promise<string>
  /** Ends the lease of a file, one for each `resolve`; of others there is nothing to end. */
  release(path: string): void
  /** Ends downloads and removes what was fetched, unless it lies in a `cacheDir` of the caller. Idempotent. */
  close(): Promise<void>
}

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
  const cache = openFileCache({ directory: settings.cacheDir, limitBytes: settings.cacheLimitBytes })
  const connections = openConnections(settings)
  const objects = openCloudObjects(settings)
  const labelStudios = openKnownLabelStudios(connections)
  const downloads = openSharedWork<string>()
  const limited = limitConcurrency(settings.downloadsAtOnce)
  const limitedUrgent = limitConcurrency(settings.downloadsAtOnce)
  const leases = openLeases()
  let closing: Promise<void> | undefined

  return { resolve: resolveValue, release: leases.release, close, [Symbol.asyncDispose]: close }

  async function resolveValue(value: string, options: ResolveOptions = {}): Promise<string> {
    const { signal, caller, task, project } = options
    signal?.throwIfAborted()
    if (closing !== undefined) throw closedError()
    if (/^data:/i.test(value)) return keep(value, sink => writeDataUri(value, sink), options)
    const shared = await findSharedFile(value, settings.localFilesRoot)
    if (shared !== undefined) return shared
    const calling = caller === undefined ? undefined : labelStudios.access(caller)
    const labelStudio = settings.labelStudio === undefined ? calling : labelStudios.access(settings.labelStudio)
    const cloud = readCloudUri(value)
    if (cloud !== undefined) return keepCloudFile(cloud, labelStudio, { task, project }, options)
    const named = remoteUrl(value, labelStudio?.base)
    if (named === undefined) return findLocalFile(value, settings.root)
    const url = underOwnAddress(named, calling, labelStudio)
    // Whoever may not fetch a file must not find it in the cache either.
    const isOwn = labelStudio !== undefined && isLabelStudioFile(url, labelStudio.base)
    const identity = isOwn ? `${url.href}\n${labelStudio.apiKey}` : url.href
    return keep(identity, (sink, stop) => fetchTo(sink, url, labelStudio, stop), options)
  }

  function keepCloudFile(
    location: CloudLocation,
    labelStudio: LabelStudioAccess | undefined,
    owner: { readonly task: ResolveOptions['task']; readonly project: string | undefined },
    options: ResolveOptions,
  ): Promise<string> {
    const route = labelStudio && cloudRoute(location.uri, labelStudio.base, owner)
    // Storages, and who may see them, belong to a project: its tasks share what was fetched.
    const right = route && [labelStudio.base.href, labelStudio.apiKey, owner.project ?? `task ${owner.task}`]
    const identity = [location.uri, ...(right ?? [])].join('\n')
    const fetch = async (sink: FileSink, stop: AbortSignal) => {
      const tools = { connections, objects, limits: settings }
      // ? and # are letters of its name.
      const name = new URL(`http://any/${location.key.replace(/[?#]/g, '_')}`)
      return fileExtension([name], await fetchCloudFile(sink, { location, labelStudio, route }, tools, stop))
    }
    return keep(identity, fetch, options)
  }

  async function keep(
    identity: string,
    fill: (sink: FileSink, stop: AbortSignal) => Promise<string>,
    { signal, urgent = false, leaseMs = 0 }: ResolveOptions,
  ): Promise<string> {
    const key = createHash('sha256').update(identity).digest('hex')
    const enter = urgent ? limitedUrgent : limited
    const bring = async (stop: AbortSignal) =>
      (await cache.find(key)) ?? (await enter(() => cache.add(key, sink => fill(sink, stop), leaseMs), stop))
    const path = await downloads.join(key, bring, signal)
    if (leaseMs > 0) leases.take(path, leaseMs)
    return path
  }

  async function writeDataUri(uri: string, sink: FileSink): Promise<string> {
    const { mediaType, bytes } = readDataUri(uri, settings.fileLimitBytes)
    await sink.write(bytes)
    return fileExtension([], mediaType)
  }

  async function fetchTo(
    sink: FileSink,
    url: URL,
    labelStudio: LabelStudioAccess | undefined,
    signal: AbortSignal,
  ): Promise<string> {
    const downloaded = await download({ url, labelStudio, signal, sink }, connections, settings)
    return fileExtension([url, downloaded.url], downloaded.mediaType)
  }

  function close(): Promise<void> {
    closing ??= (async () => {
      await downloads.stop(closedError())
      await connections.close()
      await cache.close()
    })()
    return closing
  }
}

/** The URL behind a value; undefined when it can only name a local file. */
function remoteUrl(value: string, labelStudio: URL | undefined): URL | undefined {
  // Two letters at least: C:\ is a path.
  const scheme = /^([a-z][a-z0-9+.-]+):/i.exec(value)?.[1]?.toLowerCase()
  if (scheme === 'http' || scheme === 'https') return readHttpUrl(value)
  if (scheme !== undefined && scheme !== 'file' && value.includes('://')) {
    throw new HtxError(
      'HTX_TASK_DATA_INVALID',
      `${showValue(value)} must be an http(s), data:, s3:, gs:, azure-blob: or file: URL, or a path`,
    )
  }
  return labelStudioUrl(value, labelStudio)
}

/** Label Studio names its files by the address that it believes to have; the operator knows under which one it is reached from here. */
function underOwnAddress(
  url: URL,
  calling: LabelStudioAccess | undefined,
  labelStudio: LabelStudioAccess | undefined,
): URL {
  if (calling === undefined || labelStudio === undefined || !isLabelStudioFile(url, calling.base)) return url
  return movedTo(labelStudio.base, url, calling.base)
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
