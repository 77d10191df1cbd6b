import type { Readable } from 'node:stream'
import type { Cloud } from './cloud-reader.ts'

/** What is used of @google-cloud/storage 7 and 8. */
interface GoogleSdk {
  readonly Storage: new () => { bucket(name: string): { file(name: string): GoogleFile } }
}

interface GoogleFile {
  getMetadata(): Promise<
    readonly [{ size?: string | number; contentType?: string; contentEncoding?: string }, ...unknown[]]
  >
  createReadStream(options: { decompress: boolean }): Readable
}

/** Bun's fetch, which the SDK uses there, cannot be told to leave files packed. */
const unpacksItself = 'Bun' in globalThis

export const google: Cloud = {
  name: 'Google Cloud Storage',
  sdk: '@google-cloud/storage',
  credentials: 'GOOGLE_APPLICATION_CREDENTIALS, or those of the machine',
  open(sdk) {
    const storage = new (sdk as GoogleSdk).Storage()
    return async (bucket, key, signal) => {
      const file = storage.bucket(bucket).file(key)
      const [{ size, contentType, contentEncoding }] = await file.getMetadata()
      signal.throwIfAborted()
      const isPacked = Boolean(contentEncoding) && !unpacksItself
      return {
        body: file.createReadStream({ decompress: false }),
        lengthBytes: size === undefined || (contentEncoding && unpacksItself) ? undefined : Number(size),
        encoding: isPacked ? String(contentEncoding) : 'identity',
        mediaType: contentType ?? '',
      }
    }
  },
}
