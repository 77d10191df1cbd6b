import { HtxError, type LegacySchema, type TrainRequest, TrainRequestSchema } from '@htx/core'
import { replyWithError } from '../http/error-reply.ts'
import { readTasks } from '../jobs/collect-items.ts'
import { askerOf } from './asker-of.ts'
import type { Route } from './context.ts'
import { projectOf } from './project.ts'
import { rememberProject } from './remember-project.ts'
import { requireTrainer } from './require-trainer.ts'

/**
 * `POST /train`: trains on what comes with it: `annotations` (Label Studio 1.0–1.8), `completions` (0.6–0.9) or `tasks` (0.4–0.5,
 * pyheartex). It is all there is of the project: what was known before and is not in it goes.
 */
export const trainRoute: Route = (app, context) => {
  app.post<{ Body: TrainRequest }>(
    '/train',
    { schema: { summary: 'Trains on annotations', body: TrainRequestSchema } },
    async (request, reply) => {
      const trainer = requireTrainer(context)
      const { body } = request
      const project = requireProject(body.project)
      const [name, values] = givenList(body)
      context.tracing?.requests.tell(request, { project, tasks: values.length })
      if (values.length === 0) {
        const error = new HtxError('HTX_REQUEST_INVALID', `No ${name} found. Annotate some tasks, then train again`)
        return replyWithError(error, request, reply, { status: 'error' })
      }
      const { state, queue } = trainer
      const skipped: Record<string, number> = {}
      const listedAt = state.items.beginListing()
      const tasks = readTasks(values, skipped)
      await rememberProject(
        project,
        { labelConfig: body.label_config, schema: body.schema as LegacySchema },
        context,
        request.log,
      )
      await state.items.put(project, tasks, { listedAt })
      await state.items.deleteUnlisted(project, listedAt)
      const params = withoutCredentials(body.params)
      const job = await queue.request({ project, by: 'POST /train', asker: askerOf(request, context), params, skipped })
      if (Object.keys(skipped).length > 0) {
        request.log.warn({ project, job: job.id, skipped }, 'annotations left out')
      }
      return reply.code(201).send({ job: job.id })
    },
  )
}

/** @throws HtxError `HTX_REQUEST_INVALID` */
export function requireProject(value: unknown): string {
  const project = projectOf(value)
  if (project !== undefined) return project
  throw new HtxError('HTX_REQUEST_INVALID', 'expected a body such as {"project": "12", …}; it names no project')
}

/** `params` of old clients carry what opens the task data. */
export function withoutCredentials(params: unknown): Record<string, unknown> {
  const { login, password, ...rest } = (params ?? {}) as Record<string, unknown>
  return rest
}

function givenList(body: TrainRequest): [string, readonly unknown[]] {
  for (const name of ['annotations', 'completions', 'tasks'] as const) {
    const list = body[name]
    if (Array.isArray(list)) return [name, list]
  }
  throw new HtxError(
    'HTX_REQUEST_INVALID',
    'the body of /train must have annotations, completions or tasks; it has none',
  )
}
