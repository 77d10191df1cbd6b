import { isIP } from 'node:net'
import type { FastifyRequest } from 'fastify'

declare module 'fastify' {
  interface FastifyRequest {
    /** What it showed; undefined where the server asks for nothing. */
    shown: 'credentials' | 'webhook' | undefined
  }
}

/** What is known of who sends a request. */
export type Caller =
  /** Showed the credentials that the server asks for. */
  | 'credentials'
  /** Showed what events show, or nothing where events need nothing: good for events alone. */
  | 'webhook'
  /** The server asks for nothing, and it is on this machine. */
  | 'local'
  /** The server asks for nothing. */
  | 'anybody'

export function callerOf(request: FastifyRequest): Caller {
  return request.shown ?? (isLocal(request) ? 'local' : 'anybody')
}

/** What proxies add. */
const forwardingHeaders = [
  'forwarded',
  'via',
  'x-forwarded-for',
  'x-forwarded-host',
  'x-forwarded-proto',
  'x-real-ip',
  'cf-connecting-ip',
  'true-client-ip',
]

/** What a proxy on this machine hands on is not from this machine, whatever it says: who asks the proxy may have said it. */
function isLocal({ headers, socket }: FastifyRequest): boolean {
  return isLoopback(socket.remoteAddress ?? '') && forwardingHeaders.every(name => headers[name] === undefined)
}

/** @param host an address, or a name of this machine */
export function isLoopback(host: string): boolean {
  const address = host.replace(/^\[|\]$/g, '').replace(/^::ffff:/i, '')
  if (isIP(address) === 0) return /^(.+\.)?localhost\.?$/i.test(host)
  return address === '::1' || /^127\./.test(address)
}
