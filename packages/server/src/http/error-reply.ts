import { HtxError, isHtxError, messageOf } from '@htx/core'
import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify'
import { withoutValues } from '../log/without-values.ts'

/** What an error answer carries. Label Studio shows people only the reason phrase, so the message stands there too. */
export interface ErrorBody {
  readonly code: string
  readonly message: string
  readonly requestId: string
}

/**
 * Answers with an error: status by its code, JSON body, the message as the reason phrase; details go to the log only.
 *
 * @param status another one, where old clients expect it
 */
export function replyWithError(
  error: unknown,
  request: FastifyRequest,
  reply: FastifyReply,
  extra: object = {},
  status?: number,
): FastifyReply {
  const known = toKnownError(error, request)
  const fields = {
    code: known.code,
    status: known.status,
    route: request.url.split('?')[0],
    // Who guesses, or asks too much.
    ...([401, 403, 429].includes(known.status) ? { address: request.ip } : {}),
  }
  if (known.status >= 500 && known.kind === 'internal') request.log.error({ ...fields, err: error }, known.message)
  else request.log.warn(fields, withoutValues(known.message))
  if (known.retryAfterSeconds !== undefined) reply.header('retry-after', known.retryAfterSeconds)
  reply.raw.statusMessage = reasonPhrase(known.message)
  const body: ErrorBody = { code: known.code, message: known.message, requestId: request.id }
  return reply
    .code(status ?? known.status)
    .type('application/json; charset=utf-8')
    .send({ ...extra, ...body })
}

/** One line of printable ASCII: what a reason phrase may hold. */
export function reasonPhrase(message: string): string {
  const line = message
    .replaceAll(/[«»“”„]/g, '"')
    .replaceAll(/[‘’]/g, "'")
    .replaceAll('…', '...')
    .replaceAll(/\s+/g, ' ')
    .replaceAll(/[^\x20-\x7e]/g, '?')
    .trim()
  return line.length > 200 ? `${line.slice(0, 197)}...` : line
}

/** Fastify's own errors and whatever a route threw, as one of our codes. Internals stay out of the message. */
function toKnownError(error: unknown, request: FastifyRequest): HtxError {
  if (isHtxError(error)) return error
  const status = (error as FastifyError | undefined)?.statusCode
  if (status === 413) {
    const limit = request.routeOptions.bodyLimit
    return new HtxError(
      'HTX_REQUEST_TOO_LARGE',
      `the body is larger than ${limit} bytes; send fewer tasks at a time or raise --body-limit`,
      { cause: error },
    )
  }
  if (status === 401)
    return new HtxError(
      'HTX_CREDENTIALS_INVALID',
      'this server asks for a user and a password; those that came are missing or wrong',
      { cause: error },
    )
  if (status !== undefined && status < 500)
    return new HtxError('HTX_REQUEST_INVALID', messageOf(error), { cause: error })
  return new HtxError(
    'HTX_INTERNAL',
    `something went wrong inside the server; its log has the details under request ${request.id}`,
    { cause: error },
  )
}
