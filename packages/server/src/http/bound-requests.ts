import type { FastifyInstance, FastifyRequest } from 'fastify'

/** How long a client may take until all of its request is there, milliseconds: for the largest body, half a megabyte a second. */
const requestTimeoutMs = 120_000

/** Ends requests that do not come to an end: else clients that send a byte now and then hold connections and memory for ever. Bounds for heads the runtimes have. */
export function boundRequests(app: FastifyInstance): void {
  // Node looks every 30 s, answers 408, and it costs the other requests nothing.
  app.server.requestTimeout = requestTimeoutMs
  // Bun has none.
  if ('bun' in process.versions) endSlowBodies(app)
}

function endSlowBodies(app: FastifyInstance): void {
  const timers = new WeakMap<FastifyRequest, NodeJS.Timeout>()
  app.addHook('preParsing', (request, _reply, payload, done) => {
    timers.set(
      request,
      setTimeout(() => request.raw.socket.destroy(), requestTimeoutMs),
    )
    done(null, payload)
  })
  app.addHook('preValidation', (request, _reply, done) => {
    clearTimeout(timers.get(request))
    done()
  })
  app.addHook('onResponse', (request, _reply, done) => {
    clearTimeout(timers.get(request))
    done()
  })
}
