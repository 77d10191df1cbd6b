import type { FastifyInstance } from 'fastify'
import { apiJobsRoute } from './api-jobs.ts'
import { apiVersionsRoute } from './api-versions.ts'
import type { Route, RouteContext } from './context.ts'
import { deleteRoute } from './delete-model.ts'
import { duplicateRoute } from './duplicate-model.ts'
import { healthRoute } from './health.ts'
import { isTrainingRoute } from './is-training.ts'
import { jobStatusRoute } from './job-status.ts'
import { metricsRoute } from './metrics.ts'
import { openapiRoute } from './openapi.ts'
import { predictRoute } from './predict.ts'
import { probesRoute } from './probes.ts'
import { refuseDeepBody } from './refuse-deep-body.ts'
import { setupRoute } from './setup.ts'
import { trainRoute } from './train.ts'
import { updateRoute } from './update.ts'
import { validateRoute } from './validate.ts'
import { versionsRoute } from './versions.ts'
import { webhookRoute } from './webhook.ts'

const routes: readonly Route[] = [
  healthRoute,
  setupRoute,
  validateRoute,
  predictRoute,
  versionsRoute,
  isTrainingRoute,
  trainRoute,
  updateRoute,
  jobStatusRoute,
  deleteRoute,
  duplicateRoute,
  webhookRoute,
  apiJobsRoute,
  metricsRoute,
  probesRoute,
  apiVersionsRoute,
  openapiRoute,
]

/** Adds every endpoint. */
export function addRoutes(app: FastifyInstance, context: RouteContext): void {
  app.addHook('preValidation', refuseDeepBody)
  for (const route of routes) route(app, context)
}
