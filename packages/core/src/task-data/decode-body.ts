import { pipeline } from 'node:stream'
import { createBrotliDecompress, createGunzip, createInflate } from 'node:zlib'
import { unreachable } from './unreachable.ts'

/** Undoes a content-encoding. @throws HtxError `HTX_TASK_DATA_UNREACHABLE` for one that is not known; what zlib throws while it is read */
export function decodeBody(body: AsyncIterable<Uint8Array>, encoding: string, url: URL): AsyncIterable<Uint8Array> {
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
