import { HtxError } from '@htx/core'
import type { FastifyInstance } from 'fastify'
import { type AccessSettings, asksForCredentials } from '../access-options.ts'
import type { Logger } from '../log/logger.ts'
import { isLoopback } from './caller.ts'

export interface ListenOptions {
  /** Default: 9090. 0: any free port. */
  readonly port?: number
  /** Default: localhost. */
  readonly host?: string
}

/** @returns the address, such as `http://localhost:9090` @throws HtxError `HTX_ADDRESS_IN_USE`, `HTX_ADDRESS_UNAVAILABLE` */
export async function listen(
  app: FastifyInstance,
  access: AccessSettings,
  log: Logger,
  { port = 9090, host = 'localhost' }: ListenOptions = {},
): Promise<string> {
  if (!asksForCredentials(access) && !isLoopback(host)) {
    log.warn(
      { host },
      'other machines can use this server, and train and delete models, without credentials: set BASIC_AUTH_USER and BASIC_AUTH_PASS, and give them to Label Studio, or listen on localhost',
    )
  }
  try {
    await app.listen({ port, host })
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === 'EADDRINUSE') {
      throw new HtxError(
        'HTX_ADDRESS_IN_USE',
        `port ${port} on ${host} is in use by another program; stop it or choose another one with --port`,
        { cause: error },
      )
    }
    throw new HtxError('HTX_ADDRESS_UNAVAILABLE', `cannot listen on ${host}:${port}: ${(error as Error).message}`, {
      cause: error,
    })
  }
  const address = app.server.address()
  const scheme = access.tls === undefined ? 'http' : 'https'
  return `${scheme}://${host.includes(':') ? `[${host}]` : host}:${typeof address === 'object' && address !== null ? address.port : port}`
}
