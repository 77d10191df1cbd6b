import { HtxError } from '@htx/core'
import type { Route } from './context.ts'

const trainingRoutes = ['/train', '/update', '/job_status', '/delete', '/duplicate_model']

/** Training comes with the next release; until then its routes say so. */
export const trainingRoute: Route = app => {
  for (const url of trainingRoutes) {
    app.post(url, { schema: { summary: 'Training (not built yet)' } }, async () => {
      throw notBuilt(`POST ${url}`)
    })
  }
  app.post<{ Body?: { action?: unknown } }>(
    '/webhook',
    { schema: { summary: 'Events of Label Studio' } },
    async request => {
      const action = request.body?.action
      if (action === 'START_TRAINING') throw notBuilt('START_TRAINING')
      // Label Studio switches a webhook off that keeps failing; what cannot be used yet is let pass.
      return { status: 'ignored', action: typeof action === 'string' ? action : null }
    },
  )
}

function notBuilt(what: string): HtxError {
  return new HtxError(
    'HTX_NOT_BUILT',
    `training is not built yet, so ${what} does nothing; this release of htx serves predictions`,
  )
}
