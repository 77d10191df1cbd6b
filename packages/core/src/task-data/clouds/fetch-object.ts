import { HtxError, isHtxError } from '../../errors/htx-error.ts'
import type { FileSink } from '../cache/content-files.ts'
import { decodeBody } from '../decode-body.ts'
import type { DownloadLimits } from '../download.ts'
import { type ProgressWatch, watchProgress } from '../progress-watch.ts'
import { showUrl } from '../show-value.ts'
import { unreachable } from '../unreachable.ts'
import { azure } from './azure.ts'
import type { CloudLocation, CloudScheme } from './cloud-location.ts'
import type { Cloud, CloudObject, CloudReader } from './cloud-reader.ts'
import { google } from './google.ts'
import { importSdk } from './import-sdk.ts'
import { s3 } from './s3.ts'

const clouds: Readonly<Record<CloudScheme, Cloud>> = { s3, gs: google, 'azure-blob': azure }

/** Reads files with the clouds' own SDKs and the credentials of the environment. */
export interface CloudObjects {
  /**
   * @returns its media type; `''` when none is known
   * @throws HtxError `HTX_TASK_DATA_INVALID` when there is no such file, or no SDK; `HTX_TASK_DATA_UNREACHABLE`
   */
  fetchTo(sink: FileSink, location: CloudLocation, signal: AbortSignal): Promise<string>
}

export function openCloudObjects(limits: DownloadLimits): CloudObjects {
  /** A client keeps its connections and credentials. */
  const readers = new Map<CloudScheme, Promise<CloudReader>>()

  return { fetchTo }

  async function fetchTo(sink: FileSink, location: CloudLocation, signal: AbortSignal): Promise<string> {
    const cloud = clouds[location.scheme]
    const watch = watchProgress(location.url, limits, signal)
    try {
      const read = await readerOf(location)
      const object = await read(location.bucket, location.key, watch.signal)
      // Its error comes out of the reading, unless it is given up before it is read.
      object.body.on('error', () => {})
      watch.signal.addEventListener('abort', () => object.body.destroy(), { once: true })
      await save(object, location, sink, watch)
      return object.mediaType
    } catch (error) {
      if (watch.signal.aborted) throw watch.signal.reason
      throw isHtxError(error) ? error : refusalOf(error, location, cloud)
    } finally {
      watch.stop()
    }
  }

  function readerOf({ scheme, url }: CloudLocation): Promise<CloudReader> {
    const cloud = clouds[scheme]
    const reader = readers.get(scheme) ?? open(cloud, url)
    readers.set(scheme, reader)
    // It may be installed, or its credentials set, by the next time.
    reader.catch(() => readers.delete(scheme))
    return reader
  }

  async function save(
    { body, lengthBytes, encoding }: CloudObject,
    { url }: CloudLocation,
    sink: FileSink,
    watch: ProgressWatch,
  ): Promise<void> {
    const tooLarge = `it is larger than ${limits.fileLimitBytes} bytes, the limit of a file`
    if ((lengthBytes ?? 0) > limits.fileLimitBytes) throw unreachable(url, tooLarge)
    let received = 0
    let written = 0
    for await (const chunk of decodeBody(counted(), encoding.toLowerCase(), url)) {
      written += chunk.length
      if (written > limits.fileLimitBytes) throw unreachable(url, tooLarge)
      await sink.write(chunk)
      watch.sawBytes()
    }
    if (lengthBytes !== undefined && received !== lengthBytes) {
      throw unreachable(url, `${received} bytes came of ${lengthBytes}`)
    }

    async function* counted(): AsyncGenerator<Uint8Array> {
      for await (const chunk of body as AsyncIterable<Uint8Array>) {
        received += chunk.length
        watch.sawBytes()
        yield chunk
      }
    }
  }
}

async function open(cloud: Cloud, url: URL): Promise<CloudReader> {
  const sdk = await importSdk(cloud.sdk)
  if (sdk !== undefined) return cloud.open(sdk)
  throw new HtxError(
    'HTX_TASK_DATA_INVALID',
    `${showUrl(url)} lies in ${cloud.name}, which is read with its own SDK: npm install ${cloud.sdk}, and set ${cloud.credentials}`,
  )
}

/** Names and numbers alone: messages of SDKs may hold parts of credentials. */
function refusalOf(error: unknown, { url }: CloudLocation, { name: cloud, credentials }: Cloud): HtxError {
  const { name, code, statusCode, $metadata } = error as {
    readonly name?: string
    readonly code?: string | number
    readonly statusCode?: number
    readonly $metadata?: { readonly httpStatusCode?: number }
  }
  const status = statusCode ?? $metadata?.httpStatusCode ?? (typeof code === 'number' ? code : undefined)
  const said = [status, typeof code === 'string' ? code : name].filter(part => part !== undefined).join(' ')
  if (status === 404) {
    return new HtxError(
      'HTX_TASK_DATA_INVALID',
      `${showUrl(url)} is not to be had: ${cloud} answers ${said}; check the task's data`,
      { cause: error },
    )
  }
  return unreachable(url, `${cloud} says ${said}; its credentials are ${credentials}`, error)
}
