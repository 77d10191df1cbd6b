import type { Readable } from 'node:stream'

/** A file that is being read. */
export interface CloudObject {
  readonly body: Readable
  /** Of what `body` gives; undefined when the cloud does not say. */
  readonly lengthBytes: number | undefined
  /** `identity` when it is not compressed. */
  readonly encoding: string
  /** `''` when none is known. */
  readonly mediaType: string
}

/** Opens a file. Throws what the cloud's SDK throws. */
export type CloudReader = (bucket: string, key: string, signal: AbortSignal) => Promise<CloudObject>

/** A cloud's own SDK, which is installed only where it is needed. */
export interface Cloud {
  /** As people know it. */
  readonly name: string
  /** On npm. */
  readonly sdk: string
  /** Where credentials come from, for errors. */
  readonly credentials: string
  /** @param sdk the module of that name */
  open(sdk: unknown): CloudReader
}
