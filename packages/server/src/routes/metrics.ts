import type { Route } from './context.ts'

/** `GET /metrics` for Prometheus. */
export const metricsRoute: Route = (app, { metrics }) => {
  app.get('/metrics', { schema: { summary: 'Figures for Prometheus' } }, async (_request, reply) => {
    reply.type(metrics.contentType)
    return metrics.text()
  })
}
