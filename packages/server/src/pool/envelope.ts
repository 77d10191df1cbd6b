import { HtxError, messageOf, type PredictEnvelope, parsePredictEnvelope } from '@htx/core'

/**
 * Everything of a `/predict` body but its tasks. Label Studio sends the same one with every request for a project, so the last
 * ones stay parsed, and requests that share one may share a run.
 */
export interface Envelope {
  readonly fields: PredictEnvelope
  /** The body up to the `[` of its tasks, with it. */
  readonly head: Uint8Array
  /** The body from the `]` of its tasks. */
  readonly tail: Uint8Array
}

const mostKept = 256
const longestKept = 65_536

/** By text, the one heard of first is the first. */
const kept = new Map<string, Envelope>()

/** @throws HtxError `HTX_REQUEST_INVALID` when it is not JSON, or a field is not what it should be */
export function readEnvelope(head: Uint8Array, tail: Uint8Array): Envelope {
  const length = head.length + tail.length
  // Not UTF-8: only equal bytes give equal texts.
  const key = length <= longestKept ? latin1(head) + latin1(tail) : undefined
  const known = key === undefined ? undefined : kept.get(key)
  if (known !== undefined) return known
  const envelope: Envelope = {
    fields: parsePredictEnvelope(parse(Buffer.concat([head, tail]).toString())),
    // Copies: these would hold the whole body.
    head: head.slice(),
    tail: tail.slice(),
  }
  // What a person does in the editor comes once.
  if (key !== undefined && !isInteractive(envelope)) {
    if (kept.size >= mostKept) kept.delete(kept.keys().next().value as string)
    kept.set(key, envelope)
  }
  return envelope
}

/** True when a person waits in the editor. */
export function isInteractive({ fields: { params } }: Envelope): boolean {
  return typeof params?.context === 'object' && params.context !== null
}

function latin1(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('latin1')
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (error) {
    throw new HtxError('HTX_REQUEST_INVALID', `the body of /predict must be JSON: ${messageOf(error)}`, {
      cause: error,
    })
  }
}
