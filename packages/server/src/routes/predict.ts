import { type ErrorCode, HtxError, legacySchemaKey, type Rejection } from '@htx/core'
import type { FastifyReply, FastifyRequest } from 'fastify'
import type { PredictAnswer } from '../pool/predict-request.ts'
import { believesCaller } from './believes-caller.ts'
import { answerShape, clientOf } from './client.ts'
import type { Route, RouteContext } from './context.ts'
import { projectOf } from './project.ts'

/** `POST /predict`: Label Studio asks for predictions, for a batch of tasks or while a person labels. */
export const predictRoute: Route = (app, context) => {
  app.post(
    '/predict',
    {
      config: { rawBody: true },
      schema: {
        summary: 'Predictions for tasks',
        body: { type: 'object', description: 'PredictRequest' },
        response: { 200: { type: 'object', additionalProperties: true } },
      },
      validatorCompiler: () => () => true,
      serializerCompiler: () => data => data as string,
    },
    (request, reply) => predict(request, reply, context),
  )
}

async function predict(request: FastifyRequest, reply: FastifyReply, context: RouteContext): Promise<FastifyReply> {
  const startedAt = performance.now()
  const { pool, versions, settings, metrics } = context
  if (context.isDraining()) throw new HtxError('HTX_DRAINING', 'the server is shutting down', { retryAfterSeconds: 5 })
  if (!Buffer.isBuffer(request.body))
    throw new HtxError('HTX_REQUEST_INVALID', 'the body of /predict must be JSON; it is empty')
  const body = pool.read(request.body)
  const { fields, isInteractive } = body.envelope
  const { project: projectId, params, schema } = fields
  const project = projectOf(projectId)
  const shape = answerShape(clientOf(request.headers['user-agent']), isInteractive)
  const handle = versions.acquire(project)
  if (handle === undefined) return replyUntrained(reply, context, body.taskCount, shape === 'dict')
  const { modelVersion, key } = handle.version
  try {
    const answer = await pool.predict({
      body,
      versionKey: key,
      project,
      shape,
      labelConfig:
        typeof schema === 'object' && schema !== null ? context.validated.get(legacySchemaKey(schema)) : undefined,
      caller: await context.callers.of(project, believedHostname(request, params?.hostname, context)),
      watch: context.tracing?.requests.watch(request, { project, version: modelVersion, tasks: body.taskCount }),
      timeoutMs: settings.predictTimeoutMs,
      onGone: cancel => whenGone(reply, cancel),
    })
    const totalMs = performance.now() - startedAt
    metrics.predicted({ version: handle.version, project, tasks: body.taskCount, answer, totalMs })
    context.tracing?.requests.tell(request, { rejected: answer.rejections.length })
    const { parts, ...times } = answer
    context.predictLog.tell(request.log, { project, version: modelVersion, tasks: body.taskCount, ...times })
    if (isInteractive) expectAnswer(answer)
    return reply.type('application/json; charset=utf-8').send(resultsBody(parts, modelVersion))
  } finally {
    handle.release()
  }
}

function believedHostname(request: FastifyRequest, hostname: unknown, context: RouteContext): string | undefined {
  return typeof hostname === 'string' && believesCaller(request, hostname, context) ? hostname : undefined
}

/** A person who waits in the editor is told the reason of an error, and nothing of an empty answer. @throws HtxError by what came of the task */
function expectAnswer({ parts, rejections }: PredictAnswer): void {
  const [rejection] = rejections
  if (rejection === undefined || parts.some(part => part !== emptyDict)) return
  throw new HtxError(codeOfReason[rejection.reason], rejection.message)
}

const emptyDict = '{"result":[]}'

const codeOfReason: Readonly<Record<Rejection['reason'], ErrorCode>> = {
  'input-missing': 'HTX_TASK_DATA_INVALID',
  'input-unreachable': 'HTX_TASK_DATA_UNREACHABLE',
  'model-failed': 'HTX_MODEL_FAILED',
  'prediction-invalid': 'HTX_MODEL_FAILED',
  'worker-lost': 'HTX_MODEL_FAILED',
}

/** Calls back when the client has gone before it had its answer. */
function whenGone({ raw }: FastifyReply, callback: () => void): void {
  const onClose = () => {
    if (!raw.writableFinished) callback()
  }
  raw.on('close', onClose)
  if (raw.destroyed) onClose()
}

function resultsBody(parts: readonly string[], modelVersion: string): string {
  return `{"results":[${parts.join(',')}],"model_version":${JSON.stringify(modelVersion)}}`
}

/** A model that needs training has nothing to say yet: nothing per task keeps the project clean until the first version exists. */
function replyUntrained(
  reply: FastifyReply,
  { versions, facts }: RouteContext,
  taskCount: number,
  asDict: boolean,
): FastifyReply {
  if (!facts.requiresTraining)
    throw new HtxError('HTX_NOT_READY', versions.whyNothingServes(), { retryAfterSeconds: 2 })
  const nothing = asDict ? { result: [] } : []
  return reply
    .type('application/json; charset=utf-8')
    .send(JSON.stringify({ results: new Array(taskCount).fill(nothing), model_version: null }))
}
