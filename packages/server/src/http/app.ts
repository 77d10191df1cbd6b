import swagger from '@fastify/swagger'
import { compileSchema, HtxError, messageOf } from '@htx/core'
import Fastify, {
  type FastifyBaseLogger,
  type FastifyInstance,
  type FastifyServerOptions,
  LogController,
} from 'fastify'
import type { TSchema } from 'typebox'
import type { AccessSettings } from '../access-options.ts'
import { askForCredentials } from './ask-for-credentials.ts'
import { openAttempts } from './attempts.ts'
import { boundRequests, requestTimeoutMs } from './bound-requests.ts'
import { replyWithError } from './error-reply.ts'
import { guardBrowsers } from './guard-browsers.ts'

export interface AppSettings {
  readonly logger: FastifyBaseLogger
  readonly bodyLimitBytes: number
  readonly access: AccessSettings
  readonly version: string
}

declare module 'fastify' {
  interface FastifyContextConfig {
    /** True for a route that reads the bytes of its body itself. */
    readonly rawBody?: boolean
    /** True for a route that takes what Label Studio's events show, beside credentials. */
    readonly takesEvents?: boolean
  }
}

/** The Fastify app: limits, credentials, error words, OpenAPI. Routes come from elsewhere. */
export async function openApp(settings: AppSettings): Promise<FastifyInstance> {
  const { access } = settings
  const options: FastifyServerOptions = {
    loggerInstance: settings.logger,
    logController: new LogController({ disableRequestLogging: true, requestIdLogLabel: 'requestId' }),
    bodyLimit: settings.bodyLimitBytes,
    requestTimeout: requestTimeoutMs,
    // Routes close one by one while the server drains; Fastify's own 503 would come without our words.
    return503OnClosing: false,
    forceCloseConnections: 'idle',
    keepAliveTimeout: 75_000,
    // No parameter is too long for the router: what it refuses goes past credentials and limits.
    routerOptions: { ignoreTrailingSlash: true, maxParamLength: 65_536 },
    rewriteUrl: readableUrl,
    trustProxy: access.trustProxy.includes('any') || (access.trustProxy.length > 0 && [...access.trustProxy]),
    genReqId: requestIds(),
    // These errors go past the handler below.
    frameworkErrors: (error, request, reply) => replyWithError(error, request, reply),
  }
  const app = openFastify(options, access.tls)
  boundRequests(app)
  readBodies(app)
  checkWhatComes(app)
  app.setErrorHandler((error, request, reply) => replyWithError(error, request, reply))
  app.setNotFoundHandler((request, reply) => {
    const path = request.url.split('?')[0]
    if (path === unreadablePath) {
      const problem = new HtxError(
        'HTX_REQUEST_INVALID',
        'the path of this request cannot be read; expected one such as /predict',
      )
      return replyWithError(problem, request, reply)
    }
    const error = new HtxError(
      'HTX_ROUTE_UNKNOWN',
      `there is no ${request.method} ${path} here; /openapi.json lists what there is`,
    )
    return replyWithError(error, request, reply)
  })
  if (access.rateLimit !== undefined) limitRate(app, access.rateLimit)
  // Before credentials: browsers ask without them whether they may ask, and show no page an answer without these headers.
  await guardBrowsers(app, { allowOrigins: access.allowOrigins, hasTls: access.tls !== undefined })
  await askForCredentials(app, access)
  await app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: { title: 'htx', version: settings.version, description: 'An ML backend for Label Studio' },
    },
  })
  return app
}

const unreadablePath = '/%2F'

/** Fastify answers paths that it cannot read before it asks who comes, and quotes them; of this one it does neither. */
function readableUrl({ url = '' }: { readonly url?: string | undefined }): string {
  const [path = ''] = url.split(/[?#]/)
  try {
    decodeURI(path)
    return url
  } catch {
    return unreadablePath
  }
}

/** Routes do not care which of the two it is. */
function openFastify(options: FastifyServerOptions, tls: AccessSettings['tls']): FastifyInstance {
  const secure = { ...options, https: tls } as FastifyServerOptions
  try {
    return Fastify(tls === undefined ? options : secure)
  } catch (error) {
    throw new HtxError(
      'HTX_OPTION_INVALID',
      `the server cannot be made of its options: ${messageOf(error)}. See to --trust-proxy, --tls-cert and --tls-key`,
      { cause: error },
    )
  }
}

function limitRate(app: FastifyInstance, most: number): void {
  const reason = `more than ${most} requests a second came from your address`
  const requests = openAttempts({ most, withinSeconds: 1, reason })
  app.addHook('onRequest', request => requests.count(request.ip))
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

/** Short, and different over restarts. */
function requestIds(): () => string {
  const start = Date.now().toString(36)
  let count = 0
  return () => {
    count += 1
    return `${start}-${count.toString(36)}`
  }
}
