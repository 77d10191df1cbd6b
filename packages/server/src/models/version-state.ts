/** The life of a version in this server. */
export type VersionState =
  /** It lies on disk and is not needed. */
  | { readonly state: 'discovered' }
  /** Its files are compared with its manifest. */
  | { readonly state: 'verifying' }
  | { readonly state: 'loading' }
  /** It answers requests. */
  | { readonly state: 'active' }
  /** Another one has taken its place; its last requests are being answered. */
  | { readonly state: 'draining' }
  | { readonly state: 'unloaded' }
  | VersionFailure
  /** Its manifest says that it is not to go live by itself, and why. */
  | { readonly state: 'held'; readonly reason: string; readonly fingerprint: string | undefined }

/** It could not be verified or loaded; what served before goes on. */
export interface VersionFailure {
  readonly state: 'failed'
  readonly reason: string
  readonly attempts: number
  /** Milliseconds since 1970; undefined when only another manifest leads to another attempt. */
  readonly nextRetryAt: number | undefined
  /** Of the manifest that failed. */
  readonly fingerprint: string | undefined
}

/** What people see of a version. */
export interface VersionStatus {
  /** Null for `initial`. */
  readonly project: string | null
  readonly version: string
  readonly state: VersionState['state']
  /** Why it failed, or is held back. */
  readonly reason?: string
  readonly attempts?: number
  /** ISO 8601; null after the last attempt. */
  readonly nextRetryAt?: string | null
  /** Requests that it is answering. */
  readonly requests?: number
}
