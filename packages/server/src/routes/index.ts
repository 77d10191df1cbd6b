import type { FastifyInstance } from 'fastify'
import { apiVersionsRoute } from './api-versions.ts'
import type { Route, RouteContext } from './context.ts'
import { healthRoute } from './health.ts'
import { isTrainingRoute } from './is-training.ts'
import { metricsRoute } from './metrics.ts'
import { openapiRoute } from './openapi.ts'
import { predictRoute } from './predict.ts'
import { probesRoute } from './probes.ts'
import { setupRoute } from './setup.ts'
import { trainingRoute } from './training.ts'
import { validateRoute } from './validate.ts'
import { versionsRoute } from './versions.ts'

const routes: readonly Route[] = [
  healthRoute,
  setupRoute,
  validateRoute,
  predictRoute,
  versionsRoute,
  isTrainingRoute,
  trainingRoute,
  metricsRoute,
  probesRoute,
  apiVersionsRoute,
  openapiRoute,
]

/** Adds every endpoint. */
export function addRoutes(app: FastifyInstance, context: RouteContext): void {
  for (const route of routes) route(app, context)
}
