import type { Route } from './context.ts'
import { projectOf } from './project.ts'

/** `GET /is_training`, Label Studio 0.7–0.9. */
export const isTrainingRoute: Route = (app, context) => {
  app.get<{ Querystring: { project?: string } }>(
    '/is_training',
    { schema: { summary: 'Is a training running?' } },
    async request => {
      const project = projectOf(request.query.project)
      const version = context.versions.current(project)
      const jobs = await context.trainer?.state.jobs.list({ project, limit: 2 })
      const job = jobs?.find(({ state }) => state === 'running' || state === 'queued')
      return {
        is_training: job !== undefined,
        backend: 'subprocess',
        job_id: job?.id ?? null,
        model_version: version?.modelVersion ?? null,
      }
    },
  )
}
