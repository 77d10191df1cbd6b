import type { Route } from './context.ts'

/** `GET /openapi.json`: every route of this server, those that a user added too. */
export const openapiRoute: Route = app => {
  app.get('/openapi.json', { schema: { hide: true } }, async () => app.swagger())
}
