import { HtxError, readAnnotatedTask, type UpdateRequest, UpdateRequestSchema } from '@htx/core'
import { askerOf } from './asker-of.ts'
import type { Route } from './context.ts'
import { rememberProject } from './remember-project.ts'
import { requireTrainer } from './require-trainer.ts'
import { requireProject, withoutCredentials } from './train.ts'

/** `POST /update`, Label Studio 0.4–0.5: one task and what was said about it, and whether to train now. Source: htx/htx.py of pyheartex 0.0.8. */
export const updateRoute: Route = (app, context) => {
  app.post<{ Body: UpdateRequest }>(
    '/update',
    { schema: { summary: 'Takes one annotated task', body: UpdateRequestSchema } },
    async (request, reply) => {
      // It comes with every annotation, whatever the model is.
      if (!context.facts.trains && request.body.retrain !== true) return {}
      const { state, queue, triggers } = requireTrainer(context)
      const { project: given, schema, retrain, params, ...task } = request.body
      const project = requireProject(given)
      const read = readAnnotatedTask(task)
      if (typeof read === 'string' || read.malformed.length > 0) {
        const problem = typeof read === 'string' ? read : read.malformed[0]
        throw new HtxError('HTX_REQUEST_INVALID', `the body of /update must be a task with its result: ${problem}`)
      }
      await rememberProject(project, { schema }, context, request.log)
      const changes = await state.items.put(project, [read])
      const asker = askerOf(request, context)
      if (retrain !== true) {
        await triggers.changed(project, changes, asker)
        return {}
      }
      const job = await queue.request({ project, by: 'POST /update', asker, params: withoutCredentials(params) })
      return reply.code(201).send({ job: job.id })
    },
  )
}
