import cors from '@fastify/cors'
import helmet from '@fastify/helmet'
import { HtxError } from '@htx/core'
import type { FastifyInstance } from 'fastify'

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
  app.addHook('onRequest', (request, _reply, done) => {
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
  await app.register(helmet, {
    // Nothing here is a page.
    contentSecurityPolicy: { useDefaults: false, directives: { defaultSrc: ["'none'"], frameAncestors: ["'none'"] } },
    strictTransportSecurity: hasTls,
  })
}
