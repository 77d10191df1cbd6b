import { HtxError, type StartJobRequest, StartJobRequestSchema } from '@htx/core'
import { followLog } from '../jobs/follow-log.ts'
import { jobLogFile } from '../jobs/job-files.ts'
import type { Trainer } from '../jobs/trainer.ts'
import type { Job } from '../state/job.ts'
import { askerOf } from './asker-of.ts'
import type { Route, RouteContext } from './context.ts'
import { projectOf } from './project.ts'
import { requireTrainer } from './require-trainer.ts'
import { requireProject } from './train.ts'

/** `/api/jobs`: what was, is and will be trained. */
export const apiJobsRoute: Route = (app, context) => {
  app.get<{ Querystring: { project?: string; limit?: number } }>(
    '/api/jobs',
    {
      schema: {
        summary: 'Trainings, newest first',
        querystring: { type: 'object', properties: { limit: { type: 'integer', minimum: 1, maximum: 1000 } } },
      },
    },
    async request => {
      const { project, limit = 50 } = request.query
      const jobs = (await context.trainer?.state.jobs.list({ project: projectOf(project), limit })) ?? []
      return { jobs: jobs.map(job => describe(job, context.trainer)) }
    },
  )
  app.post<{ Body: StartJobRequest }>(
    '/api/jobs',
    { schema: { summary: 'Trains a project', body: StartJobRequestSchema } },
    async (request, reply) => {
      const { queue } = requireTrainer(context)
      const { project, fetch = false, params = {} } = request.body
      const job = await queue.request({
        project: requireProject(project),
        by: 'POST /api/jobs',
        asker: askerOf(request, context),
        fetches: fetch,
        params,
      })
      return reply.code(201).send(describe(job, context.trainer))
    },
  )
  app.get<{ Params: { id: string } }>('/api/jobs/:id', { schema: { summary: 'One training' } }, async request =>
    describe(await findJob(request.params.id, context), context.trainer),
  )
  app.get<{ Params: { id: string }; Querystring: { follow?: string } }>(
    '/api/jobs/:id/log',
    { schema: { summary: 'The log of a training; ?follow waits for its end' } },
    async (request, reply) => {
      const { id } = await findJob(request.params.id, context)
      const { state, queue } = context.trainer as Trainer
      const file = jobLogFile(context.store.directory, id)
      const follow = request.query.follow !== undefined
      reply.type('text/plain; charset=utf-8').header('cache-control', 'no-store')
      return reply.send(followLog({ file, job: id, jobs: state.jobs, queue, follow, isDraining: context.isDraining }))
    },
  )
  app.post<{ Params: { id: string } }>(
    '/api/jobs/:id/cancel',
    { schema: { summary: 'Cancels a training' } },
    async request => {
      const { id } = await findJob(request.params.id, context)
      const trainer = context.trainer as Trainer
      request.log.info({ job: id }, 'the end of a training is asked for')
      return describe(await trainer.queue.cancel(id, 'POST /api/jobs'), trainer)
    },
  )
}

async function findJob(id: string, { trainer }: RouteContext): Promise<Job> {
  const job = await trainer?.state.jobs.get(id)
  if (job !== undefined) return job
  throw new HtxError('HTX_JOB_NOT_FOUND', `there is no job ${id}; GET /api/jobs lists those that are known`)
}

function describe(job: Job, trainer: Trainer | undefined): object {
  const now = trainer?.queue.progressOf(job.id)
  return {
    id: job.id,
    project: job.project,
    state: job.state,
    causes: job.causes,
    createdAt: iso(job.createdAt),
    startedAt: iso(job.startedAt),
    endedAt: iso(job.endedAt),
    progress: now?.fraction ?? job.progress,
    message: now?.message ?? job.message ?? null,
    itemCount: job.itemCount ?? null,
    skipped: job.skipped,
    metrics: now?.metrics ?? job.metrics ?? null,
    version: job.version ?? null,
    error: job.error ?? null,
    attempts: job.attempts,
    logTail: job.logTail,
  }
}

function iso(ms: number | undefined): string | null {
  return ms === undefined ? null : new Date(ms).toISOString()
}
