import { HtxError } from '../errors/htx-error.ts'

/** What a `data:` URI holds. */
export interface DataUri {
  /** Such as `image/png`; lower case, without parameters. */
  readonly mediaType: string
  readonly bytes: Buffer
}

/**
 * Reads a `data:` URI, base64 or percent-encoded.
 *
 * Source: RFC 2397, and the Fetch standard for what browsers accept beyond it: percent signs and white space in base64.
 *
 * @throws HtxError `HTX_TASK_DATA_INVALID` when it is not well-formed, or holds more than `limitBytes`
 */
export function readDataUri(uri: string, limitBytes: number): DataUri {
  const comma = uri.indexOf(',')
  if (comma < 0)
    throw new HtxError('HTX_TASK_DATA_INVALID', 'a data: URI has a comma before its data; this one has none')
  const [mediaType = '', ...parameters] = uri.slice('data:'.length, comma).split(';')
  const isBase64 = parameters.at(-1)?.trim().toLowerCase() === 'base64'
  // A byte is at most three characters: no need to decode what cannot fit.
  if (uri.length - comma - 1 > 3 * limitBytes + 4) throw tooLarge(limitBytes)
  const decoded = decodePercents(uri.slice(comma + 1))
  const bytes = isBase64 ? decodeBase64(decoded.toString('latin1')) : decoded
  if (bytes.length > limitBytes) throw tooLarge(limitBytes)
  return { mediaType: mediaType.trim().toLowerCase() || 'text/plain', bytes }
}

/** Bytes rather than text: what is encoded need not be UTF-8. */
function decodePercents(text: string): Buffer {
  const source = Buffer.from(text, 'utf8')
  let at = source.indexOf('%')
  if (at < 0) return source
  let end = at
  while (at < source.length) {
    const byte = source[at] as number
    if (byte === 0x25) {
      const digits = source.toString('latin1', at + 1, at + 3)
      if (!/^[0-9a-f]{2}$/i.test(digits)) {
        throw new HtxError(
          'HTX_TASK_DATA_INVALID',
          'a data: URI has two hexadecimal digits after each %; this one has others',
        )
      }
      source[end] = Number.parseInt(digits, 16)
      at += 3
    } else {
      source[end] = byte
      at += 1
    }
    end += 1
  }
  return source.subarray(0, end)
}

/** Node's decoder skips what it does not know; an image with holes is worse than an error. */
function decodeBase64(text: string): Buffer {
  const digits = text.replace(/[\t\n\f\r ]+/g, '')
  if (!/^[A-Za-z0-9+/_-]*={0,2}$/.test(digits)) {
    throw new HtxError('HTX_TASK_DATA_INVALID', 'a data: URI with ;base64 holds base64; this one has other characters')
  }
  return Buffer.from(digits, 'base64')
}

function tooLarge(limitBytes: number): HtxError {
  return new HtxError('HTX_TASK_DATA_INVALID', `a file may have ${limitBytes} bytes; this data: URI holds more`)
}
