import { type AnnotatedTask, HtxError, readAnnotation, readTask } from '@htx/core'
import type { FastifyBaseLogger, FastifyReply, FastifyRequest } from 'fastify'
import { callerOf } from '../http/caller.ts'
import { askerOf } from './asker-of.ts'
import { clientOf } from './client.ts'
import type { Route, RouteContext } from './context.ts'
import { projectOf } from './project.ts'
import { requireTrainer } from './require-trainer.ts'

/** An event of Label Studio ≥ 1.4; which fields there are depends on the action, and on a setting of the webhook. */
interface EventBody {
  readonly action?: unknown
  readonly project?: { readonly id?: unknown; readonly label_config?: unknown }
  readonly [field: string]: unknown
}

type EventRequest = FastifyRequest<{ Body: EventBody | null }>

/**
 * `POST /webhook`: events of Label Studio. It waits one second, and newer ones switch a webhook off that keeps failing: what an event
 * says is stored and answered, and everything else happens later.
 */
export const webhookRoute: Route = (app, context) => {
  app.post<{ Body: EventBody | null }>(
    '/webhook',
    { config: { takesEvents: true }, schema: { summary: 'Events of Label Studio' } },
    (request, reply) => receive(request, reply, context),
  )
}

async function receive(request: EventRequest, reply: FastifyReply, context: RouteContext): Promise<FastifyReply> {
  const body = request.body ?? {}
  const action = typeof body.action === 'string' ? body.action : null
  const project = projectOf(body.project?.id)
  context.tracing?.requests.tell(request, { project, action })
  if (asksForTraining(action, request)) return startTraining(project, body, request, reply, context)
  if (!context.facts.trains || project === undefined) return reply.send({ status: 'ignored', action })
  const trainer = requireTrainer(context)
  await rememberConfig(project, body, context)
  const changes = await store(action, project, body, request.log, context)
  if (changes === undefined) return reply.send({ status: 'ignored', action })
  request.log.info({ project, action, changes }, 'annotations stored')
  await trainer.triggers.changed(project, changes, askerOf(request, context))
  return reply.send({ status: 'ok', action, changes })
}

/**
 * Label Studio ~1.5–1.12 sends PROJECT_UPDATED from its own client for the train button; as an event it comes from python-requests. Its own client brings the
 * credentials of the server; what is good for events alone begins no training.
 *
 * @throws HtxError `HTX_CREDENTIALS_INVALID`
 */
function asksForTraining(action: string | null, request: EventRequest): boolean {
  const isOwner = callerOf(request) !== 'webhook'
  if (action === 'START_TRAINING') {
    if (isOwner) return true
    throw new HtxError(
      'HTX_CREDENTIALS_INVALID',
      'a training asks for the credentials of the server, not those of events',
    )
  }
  return isOwner && action === 'PROJECT_UPDATED' && clientOf(request.headers['user-agent']).kind === 'label-studio'
}

/** The event has no annotations: the job fetches them. Label Studio reads `job`, label-studio-ml 1.x answered `job_id`. */
async function startTraining(
  project: string | undefined,
  body: EventBody,
  request: EventRequest,
  reply: FastifyReply,
  context: RouteContext,
): Promise<FastifyReply> {
  const trainer = requireTrainer(context)
  if (project === undefined) return reply.send({ status: 'ignored', reason: 'the event names no project' })
  await rememberConfig(project, body, context)
  const by = `Label Studio: ${body.action}`
  const job = await trainer.queue.request({ project, by, asker: askerOf(request, context), fetches: true })
  return reply.code(201).send({ status: 'ok', job: job.id, job_id: job.id })
}

async function rememberConfig(
  project: string,
  { project: facts }: EventBody,
  { trainer }: RouteContext,
): Promise<void> {
  const labelConfig = facts?.label_config
  if (typeof labelConfig === 'string') await trainer?.state.projects.remember(project, { labelConfig })
}

/** @returns how many annotations changed; undefined for an event that says nothing about any */
async function store(
  action: string | null,
  project: string,
  body: EventBody,
  log: FastifyBaseLogger,
  { trainer }: RouteContext,
): Promise<number | undefined> {
  const items = trainer?.state.items
  switch (action) {
    case 'ANNOTATION_CREATED':
    case 'ANNOTATION_UPDATED':
    // Its annotations are a list under the singular name.
    case 'ANNOTATIONS_CREATED': {
      const { tasks, malformed } = annotatedTasks(listOf(body.task), listOf(body.annotation ?? body.annotations))
      if (malformed.length > 0)
        log.warn({ project, action, count: malformed.length, reason: malformed[0] }, 'annotations left out')
      return items?.put(project, tasks)
    }
    case 'ANNOTATIONS_DELETED':
    case 'ANNOTATION_DELETED':
      return items?.deleteAnnotations(project, idsOf(listOf(body.annotations ?? body.annotation)))
    case 'TASKS_DELETED':
      return items?.deleteTasks(project, idsOf(listOf(body.tasks ?? body.task)))
    default:
      return undefined
  }
}

/** Puts annotations to their tasks, which come beside them. */
function annotatedTasks(
  taskValues: readonly unknown[],
  annotationValues: readonly unknown[],
): { tasks: AnnotatedTask[]; malformed: string[] } {
  const malformed: string[] = []
  const tasks = taskValues.flatMap(value => {
    const task = readTask(value)
    if (typeof task !== 'string')
      return [{ task, annotations: [] as AnnotatedTask['annotations'][number][], malformed: [] }]
    malformed.push(task)
    return []
  })
  const byId = new Map(tasks.map(entry => [String(entry.task.id), entry]))
  for (const value of annotationValues) {
    const annotation = readAnnotation(value)
    const taskId = (value as { task?: unknown } | null)?.task
    const isId = typeof taskId === 'number' || typeof taskId === 'string'
    const owner = tasks.length === 1 && taskId === undefined ? tasks[0] : isId ? byId.get(String(taskId)) : undefined
    if (typeof annotation === 'string') malformed.push(annotation)
    else if (owner === undefined) malformed.push('the event does not have the task of the annotation')
    else owner.annotations.push(annotation)
  }
  return { tasks, malformed }
}

function listOf(value: unknown): readonly unknown[] {
  if (value === undefined || value === null) return []
  return Array.isArray(value) ? value : [value]
}

function idsOf(values: readonly unknown[]): (number | string)[] {
  return values.flatMap(value => {
    const id = (value as { id?: unknown } | null)?.id
    return typeof id === 'number' || typeof id === 'string' ? [id] : []
  })
}
