import { maxHeaderSize, type ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import { HtxError } from '@htx/core'
import type { FastifyBaseLogger } from 'fastify'
import { openSeldom } from '../log/seldom.ts'
import { reasonPhrase } from './error-reply.ts'

export interface UnreadableSettings {
  readonly log: FastifyBaseLogger
  /** Called with the status of each answer. */
  onAnswered(status: number): void
}

/** As runtimes describe what they could not read. */
interface ClientError extends Error {
  readonly code?: string
  /** The bytes, whatever its type says. */
  readonly rawPacket?: unknown
}

/** Node and Bun keep the answer that is under way there; there is no public way to ask for it. */
type AnsweringSocket = Socket & { readonly _httpMessage?: ServerResponse | null }

/** How long a client may go on sending after its answer: closed at once, a connection loses what it was last sent. Milliseconds. */
const lingerMs = 1_000
/** First byte of a TLS handshake. */
const tlsHandshake = 0x16

/**
 * Answers what never becomes a request, since it is no HTTP, too long in its head, or does not come to an end: shaped as other errors, but without a request there is no
 * id of one. Nothing of what came is quoted.
 *
 * @returns a handler of `clientError`
 */
export function answerUnreadable({
  log,
  onAnswered,
}: UnreadableSettings): (error: ClientError, socket: Socket) => void {
  const warn = openSeldom(log)
  const answered = new WeakSet<Socket>()
  return (error, socket) => {
    // What else comes on that connection is read until it ends, and is wrong, too.
    if (answered.has(socket)) return
    const known = toKnownError(error)
    if (known === undefined || !socket.writable) {
      if (isTlsError(error))
        warn(
          'tls',
          { reason: error.code, address: socket.remoteAddress },
          'a client and this server found no common TLS',
        )
      socket.destroy()
      return
    }
    const { code, status, message } = known
    warn(error.code ?? code, { code, status, reason: error.code, address: socket.remoteAddress }, message)
    if (answersAnother(socket)) {
      socket.destroy()
      return
    }
    answered.add(socket)
    onAnswered(status)
    socket.end(answerOf(known))
    setTimeout(() => socket.destroy(), lingerMs).unref()
  }
}

/** @returns undefined for trouble of a connection, which nothing can be answered to */
function toKnownError({ code = '', rawPacket }: ClientError): HtxError | undefined {
  if (code === 'ERR_HTTP_REQUEST_TIMEOUT')
    return new HtxError(
      'HTX_REQUEST_TIMEOUT',
      'the request did not come to its end in time; send it faster, or less of it',
    )
  if (!code.startsWith('HPE_')) return undefined
  if (code === 'HPE_HEADER_OVERFLOW')
    return new HtxError(
      'HTX_HEADERS_TOO_LARGE',
      `the path and the headers of a request may have ${maxHeaderSize} bytes, and more came; send fewer`,
    )
  if (code === 'HPE_CHUNK_EXTENSIONS_OVERFLOW')
    return new HtxError('HTX_REQUEST_TOO_LARGE', 'the chunks of the body have too long extensions; send them without')
  if (code === 'HPE_INVALID_EOF_STATE')
    return new HtxError(
      'HTX_REQUEST_INVALID',
      'the connection ended before the request did; send all of it, and wait for the answer',
    )
  if (rawPacket instanceof Uint8Array && rawPacket[0] === tlsHandshake)
    return new HtxError(
      'HTX_REQUEST_INVALID',
      'expected plain HTTP, and what came looks like HTTPS; ask http://…, or start the server with --tls-cert and --tls-key',
    )
  const problem = code.slice('HPE_'.length).toLowerCase().replaceAll('_', ' ')
  return new HtxError(
    'HTX_REQUEST_INVALID',
    `expected a request of HTTP/1.1; what came cannot be read as one (${problem})`,
  )
}

function isTlsError({ code = '' }: ClientError): boolean {
  return code.startsWith('ERR_SSL_')
}

/** True when words of ours would be taken for those of another answer: one that has begun, or that a whole request waits for. */
function answersAnother({ _httpMessage: answer }: AnsweringSocket): boolean {
  return answer !== undefined && answer !== null && (answer.headersSent || answer.req.complete)
}

function answerOf({ code, status, message }: HtxError): string {
  const body = JSON.stringify({ code, message })
  return [
    `HTTP/1.1 ${status} ${reasonPhrase(message)}`,
    'content-type: application/json; charset=utf-8',
    `content-length: ${Buffer.byteLength(body)}`,
    'x-content-type-options: nosniff',
    'connection: close',
    '',
    body,
  ].join('\r\n')
}
