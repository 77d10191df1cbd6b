import { HtxError, type JobStatusRequest, JobStatusRequestSchema } from '@htx/core'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { replyWithError } from '../http/error-reply.ts'
import type { Job, JobState } from '../state/job.ts'
import type { Route, RouteContext } from './context.ts'

/** RQ's words, which Label Studio 0.4–1.x reads. */
const words: Readonly<Record<JobState, string>> = {
  queued: 'queued',
  running: 'started',
  succeeded: 'finished',
  failed: 'failed',
  cancelled: 'failed',
}

/** `POST /job_status`, Label Studio 0.4–1.x. 410 for an unknown job: its client takes it off its list. Source: htx/htx.py of pyheartex 0.0.8. */
export const jobStatusRoute: Route = (app, context) => {
  app.post<{ Body: JobStatusRequest }>(
    '/job_status',
    { schema: { summary: 'State of a training, in the words of Label Studio 0.x', body: JobStatusRequestSchema } },
    async (request, reply) => {
      const id = idOf(request.body.job)
      const job = await context.trainer?.state.jobs.get(id)
      return job === undefined ? replyGone(id, request, reply) : status(job, context)
    },
  )
}

/** What names no job is asked for, too: `null`, above all. */
function idOf(job: unknown): string {
  if (typeof job === 'string') return job.slice(0, longestId)
  return typeof job === 'object' && job !== null ? 'like that' : String(job)
}

/** Characters; ids are shorter, and what came stands in the answer. */
const longestId = 200

function replyGone(id: string, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const error = new HtxError('HTX_JOB_NOT_FOUND', `there is no job ${id}; it may be long over`)
  return replyWithError(error, request, reply, {}, 410)
}

async function status(job: Job, context: RouteContext): Promise<object> {
  return {
    job_status: words[job.state],
    error: job.error === undefined ? null : `${job.error.code}: ${job.error.message}`,
    created_at: rfc1123(job.createdAt),
    enqueued_at: rfc1123(job.createdAt),
    started_at: rfc1123(job.startedAt),
    ended_at: rfc1123(job.endedAt),
    ...(job.state === 'succeeded' ? { result: await result(job, context) } : {}),
  }
}

async function result(job: Job, { store }: RouteContext): Promise<object> {
  const { project, version, startedAt, endedAt } = job
  // The version may have been deleted since.
  const stored = version === undefined ? undefined : await store.read(project, version).catch(() => undefined)
  return {
    status: 'ok',
    resources: stored?.resources ?? null,
    project,
    workdir: stored?.directory ?? null,
    version: version ?? null,
    job_id: job.id,
    time: ((endedAt ?? 0) - (startedAt ?? 0)) / 1000,
  }
}

function rfc1123(ms: number | undefined): string | null {
  return ms === undefined ? null : new Date(ms).toUTCString()
}
