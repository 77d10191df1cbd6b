import type { Server } from 'node:http'
import type { FastifyInstance } from 'fastify'

/**
 * All servers of an app that listens. For `localhost` Fastify opens one for each address of it; those after the first it gives neither a public name nor the handler of
 * client errors.
 */
export function serversOf(app: FastifyInstance): readonly Server[] {
  const isOfServers = ({ description }: symbol) => description === 'fastify.serverBindings'
  const symbol = Object.getOwnPropertySymbols(app).find(isOfServers)
  const others = symbol === undefined ? [] : (app as unknown as Record<symbol, readonly Server[]>)[symbol]
  return [app.server, ...(others ?? [])]
}
