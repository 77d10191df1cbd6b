import { type DuplicateRequest, DuplicateRequestSchema, HtxError } from '@htx/core'
import type { Route } from './context.ts'
import { requireTrainer } from './require-trainer.ts'
import { requireProject } from './train.ts'

/** `POST /duplicate_model`, Label Studio 0.4–1.x: gives a project the version of another, as a copy of its own. */
export const duplicateRoute: Route = (app, context) => {
  app.post<{ Body: DuplicateRequest }>(
    '/duplicate_model',
    { schema: { summary: 'Copies the version of a project to another', body: DuplicateRequestSchema } },
    async request => {
      const source = requireProject(request.body.project_src)
      const target = requireProject(request.body.project_dst)
      const { versions, store } = context
      const version = versions.liveOf(source)?.modelVersion ?? (await store.versions(source)).at(-1)
      if (version === undefined) {
        throw new HtxError(
          'HTX_VERSION_NOT_FOUND',
          `project ${source} has no version of its own to copy; train it first`,
        )
      }
      await requireTrainer(context).duplicate({ project: source, version }, target)
      return {}
    },
  )
}
