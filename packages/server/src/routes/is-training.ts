import type { Route } from './context.ts'
import { projectOf } from './project.ts'

/** `GET /is_training`, Label Studio 0.7–0.9: nothing trains inside the server yet. */
export const isTrainingRoute: Route = (app, { versions }) => {
  app.get<{ Querystring: { project?: string } }>(
    '/is_training',
    { schema: { summary: 'Is a training running?' } },
    async request => {
      const version = versions.current(projectOf(request.query.project))
      return { is_training: false, backend: 'none', model_version: version?.modelVersion ?? null }
    },
  )
}
