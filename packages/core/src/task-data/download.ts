import { pipeline } from 'node:stream'
import { createBrotliDecompress, createGunzip, createInflate } from 'node:zlib'
// The bare name is another thing on Bun: a shim of its own that ignores limits.
import { Agent, type Dispatcher, request } from 'undici/index.js'
import { isHtxError } from '../errors/htx-error.ts'
import { type ProgressWatch, watchProgress } from './progress-watch.ts'
import { refusalOf } from './status-refusal.ts'
import { unreachable } from './unreachable.ts'

export interface DownloadLimits {
  readonly fileLimitBytes: number
  readonly idleTimeoutMs: number
  readonly timeoutMs: number
}

export interface DownloadRequest {
  readonly url: URL
  /** Sent to the origin of `url` only. */
  readonly authorization: string | undefined
  readonly signal: AbortSignal
  /** Takes the bytes, decompressed. */
  write(bytes: Uint8Array): Promise<void>
}

export interface Downloaded {
  /** Where the last redirect led. */
  readonly url: URL
  /** `''` when the server says none. */
  readonly mediaType: string
}

export interface Downloader {
  /**
   * @throws HtxError `HTX_TASK_DATA_INVALID` when there is no such file, `HTX_TASK_DATA_UNREACHABLE` when the other side fails
   * or sends too much; the reason of `signal`; what `write` throws
   */
  download(request: DownloadRequest): Promise<Downloaded>
  close(): Promise<void>
}

const mostRedirects = 5
const redirectStatuses: readonly number[] = [301, 302, 303, 307, 308]

/** Opens the connections of one task data. None is made before the first download. */
export function openDownloader(limits: DownloadLimits): Downloader {
  let agent: Agent | undefined

  return { download, close }

  async function download({ url, authorization, signal, write }: DownloadRequest): Promise<Downloaded> {
    // Time is watched from outside: one clock for connecting, headers, redirects and the body, also while nothing is read.
    agent ??= new Agent({ connect: { timeout: limits.idleTimeoutMs }, headersTimeout: 0, bodyTimeout: 0 })
    const watch = watchProgress(url, limits, signal)
    try {
      const { response, finalUrl } = await follow(url, authorization, agent, watch)
      await save(response, finalUrl, watch, write)
      return { url: finalUrl, mediaType: String(response.headers['content-type'] ?? '') }
    } catch (error) {
      if (watch.signal.aborted) throw watch.signal.reason
      if (isHtxError(error)) throw error
      throw unreachable(url, `the connection failed (${codeOf(error)})`, error)
    } finally {
      watch.stop()
    }
  }

  async function save(
    { headers, body }: Dispatcher.ResponseData,
    url: URL,
    watch: ProgressWatch,
    write: DownloadRequest['write'],
  ): Promise<void> {
    const tooLarge = `it is larger than ${limits.fileLimitBytes} bytes, the limit of a file`
    const encoding = String(headers['content-encoding'] ?? 'identity').toLowerCase()
    if (Number(headers['content-length']) > limits.fileLimitBytes) throw unreachable(url, tooLarge)
    let bytes = 0
    for await (const chunk of decode(seen(body, watch), encoding, url)) {
      // Counted here, behind the decoder: few bytes on the wire may hold a large file.
      bytes += chunk.length
      if (bytes > limits.fileLimitBytes) throw unreachable(url, tooLarge)
      await write(chunk)
      watch.sawBytes()
    }
  }

  async function close(): Promise<void> {
    await agent?.destroy()
    agent = undefined
  }
}

interface Followed {
  readonly response: Dispatcher.ResponseData
  readonly finalUrl: URL
}

/** Follows redirects by hand, so that credentials stay with their origin: once gone they do not come back. */
async function follow(start: URL, key: string | undefined, dispatcher: Agent, watch: ProgressWatch): Promise<Followed> {
  let url = start
  let authorization = key
  for (let redirects = 0; ; redirects += 1) {
    const response = await request(url, {
      dispatcher,
      signal: watch.signal,
      // Asked for as it is, so that its length can be checked; servers that compress all the same are understood.
      headers: { 'accept-encoding': 'identity', ...(authorization === undefined ? {} : { authorization }) },
    })
    watch.sawBytes()
    const { statusCode, headers, body } = response
    if (statusCode === 200) return { response, finalUrl: url }
    // Resolves at its end, which nobody waits for; `stop` of the watch ends it if it has none.
    void body.dump({ limit: 64 * 1024 })
    if (!redirectStatuses.includes(statusCode)) throw refusalOf(url, statusCode, authorization !== undefined)
    if (redirects === mostRedirects) throw unreachable(start, `it led to more than ${mostRedirects} redirects`)
    const next = redirectTarget(url, String(headers.location ?? ''))
    if (next.origin !== url.origin) authorization = undefined
    url = next
  }
}

function redirectTarget(url: URL, location: string): URL {
  if (location === '' || !URL.canParse(location, url.href))
    throw unreachable(url, 'it redirects without saying where to')
  const target = new URL(location, url)
  if (target.protocol === 'http:' || target.protocol === 'https:') return target
  throw unreachable(url, `it redirects to a ${target.protocol} URL`)
}

async function* seen(body: AsyncIterable<Buffer>, watch: ProgressWatch): AsyncGenerator<Buffer> {
  for await (const chunk of body) {
    watch.sawBytes()
    yield chunk
  }
}

function decode(body: AsyncIterable<Buffer>, encoding: string, url: URL): AsyncIterable<Buffer> {
  if (encoding === 'identity') return body
  const decoder = decoderOf(encoding)
  if (decoder === undefined)
    throw unreachable(url, `it sends a content-encoding other than gzip, deflate or br (${encoding})`)
  // The error comes out of the decoder, which is destroyed with it.
  return pipeline(body, decoder, () => {})
}

function decoderOf(encoding: string) {
  if (encoding === 'gzip' || encoding === 'x-gzip') return createGunzip()
  if (encoding === 'deflate') return createInflate()
  return encoding === 'br' ? createBrotliDecompress() : undefined
}

/** The code alone: messages of the layers below may name more of a URL than may be shown. */
function codeOf(error: unknown): string {
  const { code, name = 'unknown reason' } = error as NodeJS.ErrnoException
  return code ?? name
}
