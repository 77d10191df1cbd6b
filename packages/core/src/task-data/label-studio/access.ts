import type { LabelStudioBase } from './address.ts'
import { type Credentials, openCredentials } from './credentials.ts'

/** A Label Studio whose files may be fetched. */
export interface LabelStudioAccess extends LabelStudioBase {
  /** Undefined without a key. */
  readonly credentials: Credentials | undefined
}

/** @param exchange posts a personal access token to `url`, which answers with an access token */
export function openAccess(
  { base, apiKey }: LabelStudioBase,
  exchange: (url: URL, refresh: string) => Promise<{ readonly access?: unknown }>,
): LabelStudioAccess {
  const url = new URL(`${base.origin}${base.pathname.replace(/\/+$/, '')}/api/token/refresh/`)
  const credentials = apiKey === undefined ? undefined : openCredentials(apiKey, refresh => exchange(url, refresh))
  return { base, apiKey, credentials }
}
