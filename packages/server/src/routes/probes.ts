import { HtxError } from '@htx/core'
import { reasonPhrase } from '../http/error-reply.ts'
import type { Route } from './context.ts'

/** `GET /livez` and `GET /readyz` for whoever runs the server: is the process alive, can it predict now? */
export const probesRoute: Route = (app, context) => {
  const { versions, pool, settings } = context
  app.get('/livez', { schema: { summary: 'Is the process alive?' } }, async () => ({ status: 'alive' }))
  app.get<{ Querystring: { verbose?: string } }>(
    '/readyz',
    { schema: { summary: 'Can it predict now? ?verbose says why not' } },
    async (request, reply) => {
      const reason = whyNotReady()
      const verbose = request.query.verbose !== undefined
      if (reason !== undefined && !verbose) throw new HtxError('HTX_NOT_READY', reason, { retryAfterSeconds: 2 })
      const body = { status: reason === undefined ? 'ready' : 'not ready', ...(reason === undefined ? {} : { reason }) }
      if (!verbose) return body
      if (reason !== undefined) reply.raw.statusMessage = reasonPhrase(reason)
      const slots = { wanted: settings.workers, ...pool.counts }
      return reply
        .code(reason === undefined ? 200 : 503)
        .send({ ...body, slots, waitingTasks: pool.waitingTasks, versions: versions.list() })
    },
  )

  function whyNotReady(): string | undefined {
    if (context.isDraining()) return 'the server is shutting down'
    if (pool.counts.serving > 0) return versions.anyServes ? undefined : versions.whyNothingServes()
    return pool.trouble === undefined ? versions.whyNothingServes() : `no worker serves: ${pool.trouble}`
  }
}
