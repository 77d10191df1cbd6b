import { type DeleteRequest, DeleteRequestSchema } from '@htx/core'
import type { Route } from './context.ts'
import { requireTrainer } from './require-trainer.ts'
import { requireProject } from './train.ts'

/** `POST /delete`, Label Studio 0.4–1.x: forgets a project with its annotations, jobs and versions. Others keep theirs, copies too. */
export const deleteRoute: Route = (app, context) => {
  app.post<{ Body: DeleteRequest }>(
    '/delete',
    { schema: { summary: 'Forgets a project and its versions', body: DeleteRequestSchema } },
    async request => {
      const project = requireProject(request.body.project)
      // What a model that is not trained here has in its directory was put there by a person.
      if (!context.facts.trains) return {}
      await requireTrainer(context).forget(project)
      request.log.warn({ project }, 'the project was deleted, as Label Studio asked')
      return {}
    },
  )
}
