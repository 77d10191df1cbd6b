import { type HtxError, toHtxError } from '@htx/core'
import type { Context, Link, Span, Tracer } from '@opentelemetry/api'
import type { JobTrace } from '../jobs/job-queue.ts'
import type { JobOutcome } from '../jobs/run-job.ts'
import type { JobStage } from '../jobs/run-job-settings.ts'
import type { Job } from '../state/job.ts'
import type { OpenTelemetry } from './open-tracing.ts'
import { parseTraceparent } from './traceparent.ts'

/** A trace of its own for each job: it begins when the request that asked is long answered. A link leads there. */
export class JobSpans {
  readonly #api: OpenTelemetry
  readonly #tracer: Tracer

  constructor(api: OpenTelemetry, tracer: Tracer) {
    this.#api = api
    this.#tracer = tracer
  }

  /** Begins the span `htx.training`; its children are `htx.training.collect`, `.process` and `.publish`. */
  begin(job: Job): JobTrace {
    const { ROOT_CONTEXT, trace } = this.#api
    const attributes = {
      'htx.job': job.id,
      'htx.project': job.project,
      'htx.job.attempt': job.attempts,
      'htx.job.causes': job.causes.map(({ by }) => by),
    }
    const span = this.#tracer.startSpan('htx.training', { links: linksOf(job), attributes }, ROOT_CONTEXT)
    const context = trace.setSpan(ROOT_CONTEXT, span)
    return {
      runStage: (stage, work) => this.#runStage(context, stage, work),
      end: outcome => this.#end(span, outcome),
    }
  }

  /** What an SDK sees of the work, such as requests to Label Studio, belongs to the stage. */
  async #runStage<T>(parent: Context, stage: JobStage, work: () => Promise<T>): Promise<T> {
    const { context, trace } = this.#api
    const span = this.#tracer.startSpan(`htx.training.${stage}`, {}, parent)
    try {
      return await context.with(trace.setSpan(parent, span), work)
    } catch (error) {
      this.#fail(span, toHtxError(error, 'HTX_INTERNAL'))
      throw error
    } finally {
      span.end()
    }
  }

  #end(span: Span, outcome: JobOutcome | undefined): void {
    if (outcome !== undefined) span.setAttribute('htx.job.state', outcome.state)
    if (outcome?.state === 'succeeded') span.setAttribute('htx.version', outcome.version.version)
    else if (outcome !== undefined) this.#fail(span, outcome.error)
    span.end()
  }

  #fail(span: Span, { code, message }: HtxError): void {
    span.setAttributes({ 'htx.error.code': code, 'error.type': code })
    span.setStatus({ code: this.#api.SpanStatusCode.ERROR, message })
  }
}

function linksOf({ causes }: Job): Link[] {
  return causes.flatMap(({ traceparent }) => {
    const context = traceparent === undefined ? undefined : parseTraceparent(traceparent)
    return context === undefined ? [] : [{ context }]
  })
}
