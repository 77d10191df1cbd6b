import type { LoadMessage } from '../pool/messages.ts'

/** A version that can be loaded and served. */
export interface ServedVersion extends LoadMessage {
  /** Undefined for `initial`, which belongs to none. */
  readonly project: string | undefined
  /** The training that made it, as its manifest says. */
  readonly job?: string | undefined
}

/** Loads versions where predictions are made; the worker pool does. */
export interface VersionLoader {
  /** Loads beside what is served; when it rejects, nothing has changed. @param signal aborts when the server closes */
  load(version: ServedVersion, signal: AbortSignal): Promise<void>
  unload(key: string): Promise<void>
}

export function versionKey(project: string | undefined, version: string): string {
  return project === undefined ? version : `${project}/${version}`
}
