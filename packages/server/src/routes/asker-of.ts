import type { FastifyRequest } from 'fastify'
import type { Asker } from '../state/job.ts'
import type { RouteContext } from './context.ts'

/** Who asks for a training, for its job, the log and its trace. */
export function askerOf(request: FastifyRequest, { tracing }: RouteContext): Asker {
  const traceparent = tracing?.requests.traceparentOf(request)
  return { request: request.id, ...(traceparent === undefined ? {} : { traceparent }) }
}
