import { HtxError } from '../errors/htx-error.ts'

/** A Label Studio and the token with which it gives out files. */
export interface LabelStudioAddress {
  /** Such as `http://localhost:8080`, with a path when it lies under one. */
  readonly url: string
  readonly apiKey?: string
}

/**
 * The URL behind a value; undefined when it names a local file.
 *
 * Source: get_local_path of label_studio_sdk: `/data/…` and `upload/…` are relative to Label Studio.
 *
 * @throws HtxError `HTX_TASK_DATA_INVALID` when it lies in a Label Studio that is not known
 */
export function addressOf(value: string, labelStudio: LabelStudioAddress | undefined): string | undefined {
  if (/^https?:\/\//i.test(value)) return value
  const path = /^\/?upload\//.test(value) ? `/data/${value.replace(/^\//, '')}` : value
  if (!path.startsWith('/data/') && !path.startsWith('/storage-data/')) return undefined
  if (labelStudio === undefined) {
    throw new HtxError(
      'HTX_TASK_DATA_INVALID',
      `${path.split('?')[0]} lies in Label Studio; set LABEL_STUDIO_URL and LABEL_STUDIO_API_KEY so that it can be fetched`,
    )
  }
  return labelStudio.url.replace(/\/$/, '') + path
}

/** The token goes to Label Studio's own origin, nowhere else. A personal access token is a JWT and goes as `Bearer`. */
export function authorizationFor(url: URL, labelStudio: LabelStudioAddress | undefined): string | undefined {
  if (labelStudio?.apiKey === undefined || url.origin !== new URL(labelStudio.url).origin) return undefined
  const isJwt = labelStudio.apiKey.split('.').length === 3
  return `${isJwt ? 'Bearer' : 'Token'} ${labelStudio.apiKey}`
}
