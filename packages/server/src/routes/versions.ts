import { HtxError, type VersionsRequest, VersionsRequestSchema } from '@htx/core'
import type { Route } from './context.ts'
import { projectOf } from './project.ts'

/** `GET /versions` (Label Studio ≥ 1.8, without a project) and `POST /versions` (before): which versions are there? */
export const versionsRoute: Route = (app, { versions, settings }) => {
  app.get<{ Querystring: { project?: string } }>(
    '/versions',
    { schema: { summary: 'Model versions' } },
    async request => {
      const project = projectOf(request.query.project)
      return { versions: versions.names(project), current_version: versions.current(project)?.modelVersion ?? null }
    },
  )
  app.post<{ Body: VersionsRequest }>(
    '/versions',
    { schema: { summary: 'Model versions of a project', body: VersionsRequestSchema } },
    async request => {
      const project = projectOf(request.body.project)
      if (project === undefined)
        throw new HtxError('HTX_REQUEST_INVALID', 'expected a body such as {"project": "12"}; it names no project')
      return { versions: versions.names(project), model_dir: settings.modelsDir, v2: false }
    },
  )
}
