import { HtxError } from '../errors/htx-error.ts'

/** The bytes of a `data:` URI. @throws HtxError `HTX_TASK_DATA_INVALID` */
export function readDataUri(uri: string, limitBytes: number): Uint8Array {
  const comma = uri.indexOf(',')
  if (comma < 0)
    throw new HtxError('HTX_TASK_DATA_INVALID', 'a data: URI has a comma before its data; this one has none')
  const body = uri.slice(comma + 1)
  if (body.length > limitBytes * 1.5)
    throw new HtxError('HTX_TASK_DATA_INVALID', `a data: URI may hold ${limitBytes} bytes; this one has more`)
  if (/;base64$/i.test(uri.slice(0, comma))) return Buffer.from(decode(body), 'base64')
  return Buffer.from(decode(body), 'utf8')
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch (error) {
    throw new HtxError('HTX_TASK_DATA_INVALID', 'a data: URI has a % that no two hexadecimal digits follow', {
      cause: error,
    })
  }
}
