import { IncomingMessage, OutgoingMessage, type ServerResponse } from 'node:http'
import { Socket } from 'node:net'
import cors from '@fastify/cors'
import { HtxError } from '@htx/core'
import type { FastifyInstance } from 'fastify'
import helmet from 'helmet'

export interface BrowserSettings {
  /** Origins whose pages may use the server. */
  readonly allowOrigins: readonly string[]
  readonly hasTls: boolean
}

const readOnly = new Set(['GET', 'HEAD', 'OPTIONS'])

/**
 * Label Studio calls from its server, people's browsers do not. A page that somebody has open could still send requests to a server on their machine, whose
 * answers it cannot read but which would begin a training; browsers say where such a request comes from.
 */
export async function guardBrowsers(app: FastifyInstance, { allowOrigins, hasTls }: BrowserSettings): Promise<void> {
  const headers = securityHeaders(hasTls)
  app.addHook('onRequest', (request, reply, done) => {
    reply.headers(headers)
    const { origin } = request.headers
    if (origin === undefined || readOnly.has(request.method) || allowOrigins.includes(origin)) return done()
    done(
      new HtxError(
        'HTX_ORIGIN_REFUSED',
        `a web page of ${JSON.stringify(origin.slice(0, 100))} sends this request, and pages may not; allow it with --allow-origin`,
      ),
    )
  })
  if (allowOrigins.length > 0)
    await app.register(cors, { origin: [...allowOrigins], methods: ['GET', 'HEAD', 'POST', 'DELETE'] })
}

/** What helmet sets, asked once: it is the same for every answer, and its own work at each would take a third of the time of a small request. What is for pages is left out: nothing here is one. */
function securityHeaders(hasTls: boolean): Readonly<Record<string, string>> {
  const setHeaders = helmet({
    contentSecurityPolicy: { useDefaults: false, directives: { defaultSrc: ["'none'"], frameAncestors: ["'none'"] } },
    strictTransportSecurity: hasTls,
    crossOriginOpenerPolicy: false,
    originAgentCluster: false,
    xDnsPrefetchControl: false,
    xDownloadOptions: false,
    xPermittedCrossDomainPolicies: false,
    xXssProtection: false,
  })
  const headers = new OutgoingMessage()
  setHeaders(new IncomingMessage(new Socket()), headers as ServerResponse, () => {})
  return headers.getHeaders() as Record<string, string>
}
