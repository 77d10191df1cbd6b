import { HtxError } from '@htx/core'
import type { FastifyRequest } from 'fastify'

/**
 * Levels of lists and objects in a body. Those of Label Studio have a dozen. Some thousand would be the end of the stack wherever a value is
 * written as JSON, or copied, on some runtimes and with some stacks only.
 */
const deepestNesting = 500

/** Lets no body in that is nested deeper than what comes after can walk through. Bytes that a route reads itself pass. */
export function refuseDeepBody({ body }: FastifyRequest, _reply: unknown, done: (error?: Error) => void): void {
  if (Buffer.isBuffer(body) || !isDeeper(body, deepestNesting)) done()
  else {
    const message = `the body may be nested ${deepestNesting} levels deep; it is nested deeper. Leave out what nobody reads`
    done(new HtxError('HTX_REQUEST_INVALID', message))
  }
}

function isDeeper(value: unknown, levels: number): boolean {
  if (typeof value !== 'object' || value === null) return false
  if (levels === 0) return true
  const inner: readonly unknown[] = Array.isArray(value) ? value : Object.values(value)
  return inner.some(entry => isDeeper(entry, levels - 1))
}
