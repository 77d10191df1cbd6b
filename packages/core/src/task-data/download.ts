import { isHtxError } from '../errors/htx-error.ts'
import type { Connections, Response } from './addresses/connections.ts'
import type { FileSink } from './cache/content-files.ts'
import { decodeBody } from './decode-body.ts'
import { follow } from './follow.ts'
import type { LabelStudioAccess } from './label-studio/access.ts'
import { bodyRange, nextRange, type Received, startOf } from './partial-content.ts'
import { type ProgressLimits, type ProgressWatch, watchProgress } from './progress-watch.ts'
import { unreachable } from './unreachable.ts'

export interface DownloadLimits extends ProgressLimits {
  readonly fileLimitBytes: number
}

export interface DownloadRequest {
  readonly url: URL
  /** Its credentials go to its own files only, and not on after a redirect to elsewhere. */
  readonly labelStudio: LabelStudioAccess | undefined
  readonly signal: AbortSignal
  /** Takes the bytes, decompressed. */
  readonly sink: FileSink
}

export interface Downloaded {
  /** Where the last redirect led. */
  readonly url: URL
  /** `''` when the server says none. */
  readonly mediaType: string
}

/** How often a connection may break before the file is given up. */
const mostBreaks = 5

/**
 * Fetches a file. Where the connection breaks, or the server gives a part only, the rest is asked for, as long as the file is the same one.
 *
 * @throws HtxError `HTX_TASK_DATA_INVALID` when there is no such file, `HTX_TASK_DATA_REFUSED`, `HTX_TASK_DATA_UNREACHABLE` when the other
 * side fails or sends too much; the reason of `signal`; what `sink` throws
 */
export async function download(
  { url, labelStudio, signal, sink }: DownloadRequest,
  connections: Connections,
  limits: DownloadLimits,
): Promise<Downloaded> {
  const watch = watchProgress(url, limits, signal)
  let received: Received | undefined
  try {
    for (let breaks = 0; ; ) {
      try {
        const { response, finalUrl } = await follow(url, labelStudio, nextRange(received), connections, watch)
        const mediaType = String(response.headers['content-type'] ?? '')
        if (response.statusCode === 200) {
          if (received !== undefined) await sink.restart()
          received = startOf(response)
        }
        await receive(response, received as Received, finalUrl)
        if (received?.totalBytes === undefined || received.bytes === received.totalBytes) {
          return { url: finalUrl, mediaType }
        }
      } catch (error) {
        breaks += 1
        const isDecided = watch.signal.aborted || isHtxError(error) || nextRange(received) === undefined
        if (isDecided || breaks > mostBreaks) throw error
      }
    }
  } catch (error) {
    if (watch.signal.aborted) throw watch.signal.reason
    if (isHtxError(error)) throw error
    throw unreachable(url, `the connection failed (${codeOf(error)})`, error)
  } finally {
    watch.stop()
  }

  /** Adds a body to the file, and to the count of its bytes. */
  async function receive(response: Response, file: Received, from: URL): Promise<void> {
    const range = bodyRange(response, file, from)
    const tooLarge = `it is larger than ${limits.fileLimitBytes} bytes, the limit of a file`
    if ((file.totalBytes ?? range.lengthBytes ?? 0) > limits.fileLimitBytes) throw unreachable(from, tooLarge)
    const before = file.bytes
    for await (const chunk of decodeBody(seen(response.body, watch), file.encoding, from)) {
      // Counted here, behind the decoder: few bytes on the wire may hold a large file.
      if (file.bytes + chunk.length > limits.fileLimitBytes) throw unreachable(from, tooLarge)
      await sink.write(chunk)
      file.bytes += chunk.length
      watch.sawBytes()
    }
    if (range.lengthBytes !== undefined && file.bytes - before !== range.lengthBytes) throw new ShortBodyError()
  }
}

/** The server ended in order, and before the length that it had announced. */
class ShortBodyError extends Error {
  readonly code = 'fewer bytes than announced'
}

async function* seen(body: AsyncIterable<Buffer>, watch: ProgressWatch): AsyncGenerator<Buffer> {
  for await (const chunk of body) {
    watch.sawBytes()
    yield chunk
  }
}

/** The code alone: messages of the layers below may name more of a URL than may be shown. */
function codeOf(error: unknown): string {
  const { code, name = 'unknown reason' } = error as NodeJS.ErrnoException
  return code ?? name
}
