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
import { answerUnreadable } from './answer-unreadable.ts'
import { askForCredentials } from './ask-for-credentials.ts'
import { openAttempts } from './attempts.ts'
import { replyWithError } from './error-reply.ts'
import { guardBrowsers } from './guard-browsers.ts'
import { renewCertificate } from './renew-certificate.ts'
import { serversOf } from './servers-of.ts'

export interface AppSettings {
  readonly logger: FastifyBaseLogger
  readonly bodyLimitBytes: number
  readonly access: AccessSettings
  readonly version: string
  /** Something that is no request was answered. */
  onUnreadable(status: number): void
  /** A certificate serves that ends then. */
  onCertificate(validTo: Date): void
}

declare module 'fastify' {
  interface FastifyContextConfig {
    /** True for a route that reads the bytes of its body itself. */
    readonly rawBody?: boolean
    /** True for a route that takes what Label Studio's events show, beside credentials. */
    readonly takesEvents?: boolean
  }
}

/** How long a client may take until all of its request is there, milliseconds: for 64 MiB, half a megabyte a second. Else clients that send a byte now and then hold connections and memory for ever. */
const requestTimeoutMs = 120_000

/** The Fastify app: limits, credentials, error words, OpenAPI. Routes come from elsewhere. */
export async function openApp(settings: AppSettings): Promise<FastifyInstance> {
  const { access } = settings
  const onClientError = answerUnreadable({ log: settings.logger, onAnswered: settings.onUnreadable })
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
    clientErrorHandler: onClientError,
  }
  const app = openFastify(options, access.tls)
  app.addHook('onListen', done => {
    for (const server of serversOf(app).slice(1)) server.on('clientError', onClientError)
    done()
  })
  if (access.tls !== undefined)
    renewCertificate(app, access.tls, { log: settings.logger, onServing: settings.onCertificate })
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
  expectHost(app)
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
  // The runtimes refuse requests without a host, too, but in no words.
  const server = { requireHostHeader: false }
  const secure = { ...options, https: { ...server, cert: tls?.cert, key: tls?.key } } as FastifyServerOptions
  try {
    return Fastify(tls === undefined ? { ...options, http: server } : secure)
  } catch (error) {
    throw new HtxError(
      'HTX_OPTION_INVALID',
      `the server cannot be made of its options: ${messageOf(error)}. See to --trust-proxy, --tls-cert and --tls-key`,
      { cause: error },
    )
  }
}

/** What HTTP/1.1 asks of servers. */
function expectHost(app: FastifyInstance): void {
  app.addHook('onRequest', ({ raw, headers }, reply, done) => {
    if (headers.host !== undefined || raw.httpVersion === '1.0') return done()
    reply.header('connection', 'close')
    done(new HtxError('HTX_REQUEST_INVALID', 'expected a header Host, as every request of HTTP/1.1 has; none came'))
  })
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
