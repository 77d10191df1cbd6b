import { HtxError } from '../../errors/htx-error.ts'
import { showValue } from '../show-value.ts'

/** A Label Studio and the token with which it gives out files. */
export interface LabelStudioAddress {
  /** Such as `http://localhost:8080`, with a path when it lies under one. */
  readonly url: string
  /** A legacy token, a personal access token or an access token. */
  readonly apiKey?: string
}

/** The same, checked. */
export interface LabelStudioBase {
  readonly base: URL
  readonly apiKey: string | undefined
}

/** @throws HtxError `HTX_OPTION_INVALID`, which shows neither the key nor credentials in the URL */
export function readLabelStudioAddress({ url, apiKey }: LabelStudioAddress): LabelStudioBase {
  const base = parseUrl(url)
  // Routes are put behind it: with a query, or a fragment, it would choose them itself.
  const isBare =
    base !== undefined && [base.username, base.password, base.search, base.hash].join('') === '' && !/[?#]/.test(url)
  if (base === undefined || !isBare || !/^https?:$/.test(base.protocol)) {
    throw new HtxError(
      'HTX_OPTION_INVALID',
      `the URL of Label Studio must be like http://localhost:8080, without credentials and query; it is ${showValue(url)}. Set LABEL_STUDIO_URL`,
    )
  }
  const key = apiKey?.trim() ?? ''
  if (!/^[\x21-\x7e]*$/.test(key)) {
    throw new HtxError(
      'HTX_OPTION_INVALID',
      'the API key of Label Studio must be one word of ASCII; it has other characters. Set LABEL_STUDIO_API_KEY',
    )
  }
  return { base, apiKey: key === '' ? undefined : key }
}

/** The routes on which Label Studio gives out files. Source: get_local_path of label_studio_sdk, urls.py of Label Studio. */
const fileRoute =
  /^\/(data\/(upload|local-files)|storage-data\/uploaded|(tasks|projects)\/\d+\/(resolve|presign))([/?]|$)/

/**
 * The URL of a value that is relative to Label Studio: `/data/upload/…`, `upload/…`, `/data/local-files/?d=…`; undefined when
 * the value is something else.
 *
 * @throws HtxError `HTX_TASK_DATA_INVALID` when no Label Studio is known, or the path leads to another of its routes
 */
export function labelStudioUrl(value: string, base: URL | undefined): URL | undefined {
  const prefix = base === undefined ? '' : prefixOf(base)
  // A Label Studio under a path may have put it before the value already.
  const own = prefix !== '' && value.startsWith(`${prefix}/`) ? value.slice(prefix.length) : value
  const path = /^\/?upload\//.test(own) ? `/data/${own.replace(/^\//, '')}` : own
  if (!fileRoute.test(path)) return undefined
  if (base === undefined) {
    throw new HtxError(
      'HTX_TASK_DATA_INVALID',
      `${showValue(value)} lies in Label Studio, and it is not known where that is; set LABEL_STUDIO_URL and LABEL_STUDIO_API_KEY so that it can be fetched`,
    )
  }
  // These values are paths and have no fragment: a # belongs to the name of a file.
  const url = parseUrl(`${base.origin}${prefix}${path.replaceAll('#', '%23')}`)
  // Dot segments would take the key to any other route.
  if (url === undefined || !isLabelStudioFile(url, base)) {
    throw new HtxError(
      'HTX_TASK_DATA_INVALID',
      `${showValue(value)} leads away from the files of Label Studio; name a file`,
    )
  }
  return url
}

/** Whether this Label Studio gives out a file there: what its token, and its place in a private network, may be used for. */
export function isLabelStudioFile(url: URL, base: URL): boolean {
  const prefix = prefixOf(base)
  return (
    url.origin === base.origin && url.pathname.startsWith(prefix) && fileRoute.test(url.pathname.slice(prefix.length))
  )
}

/**
 * Where Label Studio gives out a file in a cloud: it signs an address, or passes the file on. Undefined when it knows neither task nor project:
 * the ids of Label Studio are numbers. Source: get_local_path of label_studio_sdk, io_storages/proxy_api.py; for projects since 1.13.
 */
export function cloudRoute(
  uri: string,
  base: URL,
  { task, project }: { readonly task?: unknown; readonly project?: unknown },
): URL | undefined {
  const owner = isId(task) ? `tasks/${task}` : isId(project) ? `projects/${project}` : undefined
  if (owner === undefined) return undefined
  // With its padding: Python's decoder insists on it.
  const encoded = Buffer.from(uri).toString('base64').replaceAll('+', '-').replaceAll('/', '_')
  return new URL(`${base.origin}${prefixOf(base)}/${owner}/presign/?fileuri=${encodeURIComponent(encoded)}`)
}

function isId(value: unknown): boolean {
  return /^\d+$/.test(String(value))
}

/** The same file of a Label Studio that is also known under another address. */
export function movedTo(base: URL, url: URL, from: URL): URL {
  return new URL(`${base.origin}${prefixOf(base)}${url.pathname.slice(prefixOf(from).length)}${url.search}`)
}

function prefixOf(base: URL): string {
  return base.pathname.replace(/\/+$/, '')
}

function parseUrl(text: string): URL | undefined {
  return URL.canParse(text) ? new URL(text) : undefined
}
