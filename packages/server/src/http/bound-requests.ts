import type { FastifyInstance, FastifyRequest } from 'fastify'

/** How long a client may take until all of its request is there, milliseconds: for 64 MiB, half a megabyte a second. */
export const requestTimeoutMs = 120_000

/**
 * Ends requests that do not come to an end: else clients that send a byte now and then hold connections and memory for ever. Node has an option for it, which answers 408 and
 * costs the other requests nothing; here is what Bun lacks. Bounds for heads the runtimes have.
 */
export function boundRequests(app: FastifyInstance): void {
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
