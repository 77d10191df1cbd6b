import { HtxError } from '@htx/core'
import type { TracerProvider } from '@opentelemetry/api'
import type { Logger } from '../log/logger.ts'
import { JobSpans } from './job-spans.ts'
import { RequestSpans } from './request-spans.ts'

/** What the public package gives; who runs htx registers an SDK behind it. */
export type OpenTelemetry = typeof import('@opentelemetry/api')

/** Spans of requests and of trainings. */
export interface Tracing {
  readonly requests: RequestSpans
  readonly jobs: JobSpans
}

export interface TracingSettings {
  /** Of htx, for the instrumentation scope. */
  readonly version: string
  readonly log: Pick<Logger, 'warn'>
  /** Brings the package in. */
  readonly importApi?: () => Promise<OpenTelemetry>
}

/**
 * Opens tracing with OpenTelemetry's API. Who runs htx sets up the SDK, as everywhere, before htx starts, in a module of his own:
 *
 * ```js
 * // tracing.mjs: `NODE_OPTIONS='--import ./tracing.mjs' htx-serve model.ts --tracing`, or `bun --preload ./tracing.mjs`
 * import { isMainThread } from 'node:worker_threads'
 * import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http'
 * import { NodeSDK } from '@opentelemetry/sdk-node'
 *
 * // Workers of htx import it, too, and need no SDK.
 * if (isMainThread) new NodeSDK({ serviceName: 'my-backend', traceExporter: new OTLPTraceExporter() }).start()
 * ```
 *
 * Without an SDK there are no spans; the log says so.
 *
 * @throws HtxError `HTX_OPTION_INVALID` when `@opentelemetry/api` is not installed
 */
export async function openTracing({
  version,
  log,
  importApi = importOpenTelemetry,
}: TracingSettings): Promise<Tracing> {
  let api: OpenTelemetry
  try {
    api = await importApi()
  } catch (error) {
    throw new HtxError(
      'HTX_OPTION_INVALID',
      'tracing is on and needs the package @opentelemetry/api; it is not installed beside @htx/server. Run npm install @opentelemetry/api and an SDK, or leave --tracing (HTX_TRACING) out',
      { cause: error },
    )
  }
  if (!hasSdk(api.trace.getTracerProvider()))
    log.warn(
      'tracing is on, but no OpenTelemetry SDK is registered: there are no spans until one is; see docs/operations.md',
    )
  const tracer = api.trace.getTracer('@htx/server', version)
  return { requests: new RequestSpans(api, tracer), jobs: new JobSpans(api, tracer) }
}

function importOpenTelemetry(): Promise<OpenTelemetry> {
  return import('@opentelemetry/api')
}

/** The API hands out a stand-in until an SDK is registered behind it. */
function hasSdk(provider: TracerProvider & { getDelegateTracer?(name: string): unknown }): boolean {
  return provider.getDelegateTracer === undefined || provider.getDelegateTracer('@htx/server') !== undefined
}
