import { createHash, timingSafeEqual } from 'node:crypto'
import basicAuth from '@fastify/basic-auth'
import swagger from '@fastify/swagger'
import { compileSchema, HtxError } from '@htx/core'
import Fastify, { type FastifyBaseLogger, type FastifyInstance, LogController } from 'fastify'
import type { TSchema } from 'typebox'
import { replyWithError } from './error-reply.ts'

export interface AppSettings {
  readonly logger: FastifyBaseLogger
  readonly bodyLimitBytes: number
  readonly basicAuth: { readonly user: string; readonly password: string } | undefined
  readonly version: string
}

declare module 'fastify' {
  interface FastifyContextConfig {
    /** True for a route that reads the bytes of its body itself. */
    readonly rawBody?: boolean
  }
}

/** The Fastify app: limits, credentials, error words, OpenAPI. Routes come from elsewhere. */
export async function openApp(settings: AppSettings): Promise<FastifyInstance> {
  const app = Fastify({
    loggerInstance: settings.logger,
    logController: new LogController({ disableRequestLogging: true }),
    bodyLimit: settings.bodyLimitBytes,
    // Routes close one by one while the server drains; Fastify's own 503 would come without our words.
    return503OnClosing: false,
    forceCloseConnections: 'idle',
    keepAliveTimeout: 75_000,
    routerOptions: { ignoreTrailingSlash: true },
    genReqId: requestIds(),
    // Of paths that cannot be read: these errors go past the handler below.
    frameworkErrors: (error, request, reply) => replyWithError(error, request, reply),
  })
  readBodies(app)
  checkWhatComes(app)
  app.setErrorHandler((error, request, reply) => replyWithError(error, request, reply))
  app.setNotFoundHandler((request, reply) => {
    const path = request.url.split('?')[0]
    const error = new HtxError(
      'HTX_ROUTE_UNKNOWN',
      `there is no ${request.method} ${path} here; /openapi.json lists what there is`,
    )
    return replyWithError(error, request, reply)
  })
  if (settings.basicAuth !== undefined) await askForCredentials(app, settings.basicAuth)
  await app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: { title: 'htx', version: settings.version, description: 'An ML backend for Label Studio' },
    },
  })
  return app
}

/** Bodies are JSON whatever their content type says: the clients of Label Studio 0.x did not always say it. */
function readBodies(app: FastifyInstance): void {
  const parseJson = app.getDefaultJsonParser('error', 'error')
  app.removeAllContentTypeParsers()
  app.addContentTypeParser('*', { parseAs: 'buffer' }, (request, body, done) => {
    if (request.routeOptions.config.rawBody === true || body.length === 0)
      return done(null, body.length === 0 ? undefined : body)
    parseJson(request, body.toString(), done)
  })
}

/** In our words; and a schema is compiled when its route is first asked: all of them together took a quarter of the start. */
function checkWhatComes(app: FastifyInstance): void {
  app.setValidatorCompiler<TSchema>(({ schema, method, url, httpPart }) => {
    const what = `the ${httpPart} of ${method} ${url}`
    const read = compileSchema(schema, { code: 'HTX_REQUEST_INVALID', what, fromText: httpPart !== 'body' })
    return (data: unknown) => {
      try {
        return { value: read(data) }
      } catch (error) {
        return { error: error as HtxError }
      }
    }
  })
}

async function askForCredentials(app: FastifyInstance, expected: { user: string; password: string }): Promise<void> {
  await app.register(basicAuth, {
    authenticate: { realm: 'htx' },
    validate: async (user, password) => {
      // Both are always compared, so that the time says nothing about which was wrong.
      const right = [isSame(user, expected.user), isSame(password, expected.password)]
      if (right.includes(false)) throw new HtxError('HTX_CREDENTIALS_INVALID', 'the user or the password is wrong')
    },
  })
  app.addHook('onRequest', (request, reply, done) => app.basicAuth(request, reply, done))
}

function isSame(given: string, expected: string): boolean {
  const digest = (text: string) => createHash('sha256').update(text).digest()
  return timingSafeEqual(digest(given), digest(expected))
}

/** Short, and different over restarts. */
function requestIds(): () => string {
  const start = Date.now().toString(36)
  let count = 0
  return () => {
    count += 1
    return `${start}-${count.toString(36)}`
  }
}
