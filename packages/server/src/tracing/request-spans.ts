import type { Context, Span, Tracer } from '@opentelemetry/api'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { PieceWatch } from '../pool/predict-request.ts'
import type { OpenTelemetry } from './open-tracing.ts'
import { PieceSpans } from './piece-spans.ts'
import { openSpanClock, type SpanClock } from './span-clock.ts'
import { formatTraceparent } from './traceparent.ts'

/** What a route tells of a request, once it has read it. */
export interface RequestFacts {
  readonly project?: string | undefined
  readonly version?: string | undefined
  readonly tasks?: number
  /** Tasks without a prediction. */
  readonly rejected?: number
  /** Of an event. */
  readonly action?: string | null
}

interface OpenSpan {
  readonly span: Span
  readonly context: Context
  readonly clock: SpanClock
  pieces?: PieceSpans
  errorCode?: string
  errorMessage?: string
}

/** What Label Studio asks for work with; the rest are questions that come every few seconds. */
const tracedRoutes: ReadonlySet<string | undefined> = new Set(['/predict', '/setup', '/webhook', '/train'])

/** A server span for each of these requests. Its parent is the caller's span, as the SDK's propagator finds it in the headers. */
export class RequestSpans {
  readonly #api: OpenTelemetry
  readonly #tracer: Tracer
  readonly #open = new WeakMap<FastifyRequest, OpenSpan>()

  constructor(api: OpenTelemetry, tracer: Tracer) {
    this.#api = api
    this.#tracer = tracer
  }

  /** Begins and ends the spans; to be called before routes are added. Who is refused for want of credentials gets none. */
  addHooks(app: FastifyInstance): void {
    app.addHook('onRequest', (request, reply, done) => {
      if (request.method === 'POST' && tracedRoutes.has(request.routeOptions.url)) this.#begin(request, reply)
      done()
    })
    // Only here, behind the reading of the body, the context holds for all that follows.
    app.addHook('preHandler', (request, _reply, done) => {
      const open = this.#open.get(request)
      if (open === undefined) done()
      else this.#api.context.with(open.context, done)
    })
    app.addHook('preSerialization', (request, reply, payload, done) => {
      const open = reply.statusCode < 400 ? undefined : this.#open.get(request)
      if (open !== undefined) noteError(open, payload)
      done(null, payload)
    })
    app.addHook('onResponse', (request, reply, done) => {
      this.#end(request, reply.statusCode)
      done()
    })
  }

  tell(request: FastifyRequest, { project, version, tasks, rejected, action }: RequestFacts): void {
    const span = this.#open.get(request)?.span
    if (project !== undefined) span?.setAttribute('htx.project', project)
    if (version !== undefined) span?.setAttribute('htx.version', version)
    if (tasks !== undefined) span?.setAttribute('htx.tasks', tasks)
    if (rejected !== undefined) span?.setAttribute('htx.rejected', rejected)
    if (typeof action === 'string') span?.setAttribute('htx.action', action)
  }

  /** Tells of a request for predictions, and makes spans of what becomes of its pieces. @returns undefined when its trace is not recorded */
  watch(request: FastifyRequest, facts: RequestFacts): PieceWatch | undefined {
    this.tell(request, facts)
    const open = this.#open.get(request)
    if (open?.span.isRecording() !== true) return undefined
    open.pieces = new PieceSpans(this.#api, this.#tracer, open)
    return open.pieces
  }

  /** For what the request asks for and that happens later. */
  traceparentOf(request: FastifyRequest): string | undefined {
    const context = this.#open.get(request)?.span.spanContext()
    return context !== undefined && this.#api.isSpanContextValid(context) ? formatTraceparent(context) : undefined
  }

  #begin(request: FastifyRequest, { raw }: FastifyReply): void {
    const { ROOT_CONTEXT, propagation, SpanKind, trace } = this.#api
    const { method, routeOptions, headers } = request
    const clock = openSpanClock()
    const parent = propagation.extract(ROOT_CONTEXT, headers)
    const attributes = {
      'http.request.method': method,
      'http.route': routeOptions.url,
      'url.path': request.url.split('?')[0],
      'url.scheme': request.protocol,
      'server.address': request.hostname,
      'client.address': request.ip,
      'user_agent.original': headers['user-agent'],
      'htx.request': request.id,
    }
    const options = { kind: SpanKind.SERVER, startTime: clock.startedAt, attributes }
    const span = this.#tracer.startSpan(`${method} ${routeOptions.url}`, options, parent)
    this.#open.set(request, { span, context: trace.setSpan(parent, span), clock })
    // A client that goes before it has its answer leaves no response to hook on.
    raw.once('close', () => this.#end(request, 499, 'HTX_REQUEST_CANCELLED'))
  }

  #end(request: FastifyRequest, status: number, errorCode?: string): void {
    const open = this.#open.get(request)
    if (open === undefined) return
    this.#open.delete(request)
    const { span, clock, pieces } = open
    const code = open.errorCode ?? errorCode
    span.setAttribute('http.response.status_code', status)
    if (code !== undefined) span.setAttribute('htx.error.code', code)
    if (pieces !== undefined) span.setAttribute('htx.pieces', pieces.count)
    if (status >= 500) {
      span.setAttribute('error.type', code ?? String(status))
      span.setStatus({ code: this.#api.SpanStatusCode.ERROR, message: open.errorMessage ?? '' })
    }
    span.end(clock.now())
  }
}

/** Errors leave the server as a code and a message. */
function noteError(open: OpenSpan, payload: unknown): void {
  const { code, message } = (payload ?? {}) as { code?: unknown; message?: unknown }
  if (typeof code === 'string') open.errorCode = code
  if (typeof message === 'string') open.errorMessage = message
}
