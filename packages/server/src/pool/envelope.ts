import { HtxError, messageOf, type PredictEnvelope, parsePredictEnvelope } from '@htx/core'

/**
 * Everything of a `/predict` body but its tasks. Label Studio sends the same one with every request for a project, so the last
 * ones stay parsed, and requests that share one may share a run.
 */
export interface Envelope {
  readonly fields: PredictEnvelope
  /** True when a person waits in the editor. */
  readonly isInteractive: boolean
  /** The body up to the `[` of its tasks, with it. */
  readonly head: Uint8Array
  /** The body from the `]` of its tasks. */
  readonly tail: Uint8Array
}

/** @throws HtxError `HTX_REQUEST_INVALID` when it is not JSON, or a field is not what it should be */
export type ReadEnvelope = (head: Uint8Array, tail: Uint8Array) => Envelope

/** Of all that stay parsed; label configs with thousands of labels take some. */
const mostKeptBytes = 16 * 1024 * 1024

export function openEnvelopes(): ReadEnvelope {
  /** By text, the one heard of first is the first. */
  const kept = new Map<string, Envelope>()
  let keptBytes = 0
  /** Most requests are like the one before, and bytes are compared faster than a key is made of them. */
  let latest: Envelope | undefined
  return (head, tail) => {
    if (latest !== undefined && isEqual(latest.head, head) && isEqual(latest.tail, tail)) return latest
    // Not UTF-8: only equal bytes give equal texts.
    const key = latin1(head) + latin1(tail)
    const envelope = kept.get(key) ?? parseEnvelope(head, tail)
    // What a person does in the editor comes once.
    if (envelope.isInteractive) return envelope
    if (!kept.has(key)) keep(key, envelope)
    latest = envelope
    return envelope
  }

  function keep(key: string, envelope: Envelope): void {
    if (key.length > mostKeptBytes) return
    kept.set(key, envelope)
    keptBytes += key.length
    for (const oldest of kept.keys()) {
      if (keptBytes <= mostKeptBytes) return
      kept.delete(oldest)
      keptBytes -= oldest.length
    }
  }
}

function parseEnvelope(head: Uint8Array, tail: Uint8Array): Envelope {
  const fields = parsePredictEnvelope(parse(Buffer.concat([head, tail]).toString()))
  const isInteractive = typeof fields.params?.context === 'object' && fields.params.context !== null
  // Copies: these would hold the whole body.
  return { fields, isInteractive, head: head.slice(), tail: tail.slice() }
}

function isEqual(one: Uint8Array, other: Uint8Array): boolean {
  return one.length === other.length && Buffer.compare(one, other) === 0
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
