import { createWriteStream } from 'node:fs'
import { Transform } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { createBrotliDecompress, createGunzip, createInflate } from 'node:zlib'
// The bare name is another thing on Bun: a shim of its own that ignores limits.
import { request } from 'undici/index.js'
import { HtxError, isHtxError, messageOf } from '../errors/htx-error.ts'

export interface DownloadOptions {
  readonly fileLimitBytes: number
  readonly idleTimeoutMs: number
  readonly timeoutMs: number
  readonly signal: AbortSignal | undefined
  authorizationFor(url: URL): string | undefined
}

const mostRedirects = 5

/** Downloads to a file. Redirects are followed by hand, so that credentials stay with their origin. */
export async function download(address: string, path: string, options: DownloadOptions): Promise<void> {
  const timeout = AbortSignal.timeout(options.timeoutMs)
  const signal = options.signal === undefined ? timeout : AbortSignal.any([options.signal, timeout])
  let url = new URL(address)
  try {
    for (let hop = 0; hop <= mostRedirects; hop += 1) {
      const next = await fetchOnce(url, path, options, signal)
      if (next === undefined) return
      url = next
    }
  } catch (error) {
    if (isHtxError(error)) throw error
    throw unreachable(url, timeout.aborted ? `no end after ${options.timeoutMs} ms` : messageOf(error), error)
  }
  throw unreachable(url, `more than ${mostRedirects} redirects`)
}

/** @returns where a redirect leads; undefined when the file is there */
async function fetchOnce(
  url: URL,
  path: string,
  options: DownloadOptions,
  signal: AbortSignal,
): Promise<URL | undefined> {
  const authorization = options.authorizationFor(url)
  const { statusCode, headers, body } = await request(url, {
    signal,
    headersTimeout: options.idleTimeoutMs,
    bodyTimeout: options.idleTimeoutMs,
    headers: { 'accept-encoding': 'gzip, deflate, br', ...(authorization === undefined ? {} : { authorization }) },
  })
  if (statusCode >= 300 && statusCode < 400 && typeof headers.location === 'string') {
    await body.dump()
    const next = new URL(headers.location, url)
    if (next.protocol === 'http:' || next.protocol === 'https:') return next
    throw unreachable(url, `it redirects to ${next.protocol}`)
  }
  if (statusCode >= 400) {
    await body.dump()
    const hint = statusCode === 401 || statusCode === 403 ? '; is LABEL_STUDIO_API_KEY right?' : ''
    throw unreachable(url, `it answers ${statusCode}${hint}`)
  }
  await pipeline(
    [
      body,
      ...decoders(String(headers['content-encoding'] ?? '')),
      atMost(options.fileLimitBytes, url),
      createWriteStream(path),
    ],
    { signal },
  )
  return undefined
}

function decoders(encoding: string): Transform[] {
  if (encoding === 'gzip' || encoding === 'x-gzip') return [createGunzip()]
  if (encoding === 'deflate') return [createInflate()]
  return encoding === 'br' ? [createBrotliDecompress()] : []
}

/** Counts what comes out of the decoder: a small download may hold a large file. */
function atMost(limitBytes: number, url: URL): Transform {
  let bytes = 0
  return new Transform({
    transform(chunk: Buffer, _encoding, done) {
      bytes += chunk.length
      if (bytes > limitBytes) done(unreachable(url, `it is larger than ${limitBytes} bytes`))
      else done(null, chunk)
    },
  })
}

/** Queries carry signatures and userinfo passwords: neither is shown. */
function unreachable(url: URL, why: string, cause?: unknown): HtxError {
  return new HtxError('HTX_TASK_DATA_UNREACHABLE', `${url.origin}${url.pathname} could not be fetched: ${why}`, {
    cause,
  })
}
