import type { Response } from './addresses/connections.ts'
import { unreachable } from './unreachable.ts'

/** What has come of a file so far. */
export interface Received {
  /** In the file, decompressed. */
  bytes: number
  /** Of the whole file, on the wire; undefined when the server does not say, or compresses. */
  totalBytes: number | undefined
  readonly encoding: string
  /** Tells this content of the file from a later one; undefined when the server gives none that is sure. */
  readonly validator: string | undefined
}

/** @param response with status 200 */
export function startOf({ headers }: Response): Received {
  const encoding = String(headers['content-encoding'] ?? 'identity').toLowerCase()
  const length = headers['content-length']
  return {
    bytes: 0,
    totalBytes: encoding === 'identity' && length !== undefined ? Number(length) : undefined,
    encoding,
    validator: validatorOf(headers),
  }
}

function validatorOf({ etag, date, 'last-modified': lastModified }: Response['headers']): string | undefined {
  // A weak one says that two files mean the same, not that their bytes are equal.
  if (String(etag ?? '').startsWith('"')) return String(etag)
  // Its unit is the second: a file that was written a moment ago may be written again in the same one. Source: RFC 9110, 8.8.2.2.
  const ageMs = Date.parse(String(date)) - Date.parse(String(lastModified))
  return ageMs >= 1_000 ? String(lastModified) : undefined
}

/**
 * Headers that ask for the rest, and for the whole when the file is another one by now; undefined when nothing has come, or it cannot be
 * gone on with. Source: RFC 9110, 13.1.5 and 14.2.
 */
export function nextRange(received: Received | undefined): Readonly<Record<string, string>> | undefined {
  if (received === undefined || received.bytes === 0) return undefined
  if (received.encoding !== 'identity' || received.validator === undefined) return undefined
  return { range: `bytes=${received.bytes}-`, 'if-range': received.validator }
}

/** How many bytes the body of an answer holds. @throws HtxError `HTX_TASK_DATA_UNREACHABLE` when it is not the part that was asked for */
export function bodyRange(
  { statusCode, headers }: Response,
  received: Received,
  url: URL,
): { readonly lengthBytes: number | undefined } {
  if (statusCode === 200) return { lengthBytes: received.totalBytes }
  const [, start, end, total] = /^bytes (\d+)-(\d+)\/(\d+|\*)$/.exec(String(headers['content-range'] ?? '')) ?? []
  const totalBytes = total === '*' || total === undefined ? received.totalBytes : Number(total)
  // Some servers do not know If-Range, and give a part of whatever is there now.
  const validator = received.validator?.startsWith('"') ? headers.etag : headers['last-modified']
  const isNext = Number(start) === received.bytes && Number(end) >= received.bytes
  const isSame =
    (validator === undefined || validator === received.validator) &&
    (received.totalBytes === undefined || received.totalBytes === totalBytes)
  const isPlain = (headers['content-encoding'] ?? 'identity') === 'identity'
  if (!isNext || !isSame || !isPlain || totalBytes === undefined) {
    throw unreachable(url, 'it broke off, and then answered with another part than the one that was missing')
  }
  received.totalBytes = totalBytes
  return { lengthBytes: Number(end) - Number(start) + 1 }
}
