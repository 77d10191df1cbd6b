import { HtxError } from '../../errors/htx-error.ts'
import { showValue } from '../show-value.ts'

export type CloudScheme = 's3' | 'gs' | 'azure-blob'

/** A file in a cloud's storage. */
export interface CloudLocation {
  readonly scheme: CloudScheme
  /** Bucket, or container. */
  readonly bucket: string
  /** Name of the file there, as it is: nothing in it is encoded. */
  readonly key: string
  /** As the task names it. */
  readonly uri: string
  /** The same for errors. */
  readonly url: URL
}

/** @returns undefined for other values @throws HtxError `HTX_TASK_DATA_INVALID` */
export function readCloudUri(uri: string): CloudLocation | undefined {
  const [, scheme, bucket, key] = /^(s3|gs|azure-blob):\/\/([^/]*)\/?(.*)$/is.exec(uri) ?? []
  if (scheme === undefined) return undefined
  if (!bucket || !key || !URL.canParse(uri)) {
    throw new HtxError(
      'HTX_TASK_DATA_INVALID',
      `${showValue(uri)} must name a bucket and a file in it, such as ${scheme.toLowerCase()}://bucket/images/cat.png`,
    )
  }
  return { scheme: scheme.toLowerCase() as CloudScheme, bucket, key, uri, url: new URL(uri) }
}
