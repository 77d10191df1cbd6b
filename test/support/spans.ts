import { context, propagation, trace } from '@opentelemetry/api'
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks'
import { W3CTraceContextPropagator } from '@opentelemetry/core'
import {
  BasicTracerProvider,
  InMemorySpanExporter,
  type ReadableSpan,
  SimpleSpanProcessor,
} from '@opentelemetry/sdk-trace-base'
import { eventually } from './model-server.ts'

/** Registers OpenTelemetry's SDK for this process, as who runs htx does, with an exporter that keeps spans in memory. */
export interface Spans {
  /** Those that have ended. */
  all(): readonly ReadableSpan[]
  /** Waits until that many spans of a name have ended. */
  named(name: string, count?: number): Promise<readonly ReadableSpan[]>
  childrenOf(span: ReadableSpan): readonly ReadableSpan[]
  forget(): void
  close(): Promise<void>
}

export function collectSpans(): Spans {
  const exporter = new InMemorySpanExporter()
  const provider = new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] })
  trace.setGlobalTracerProvider(provider)
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable())
  propagation.setGlobalPropagator(new W3CTraceContextPropagator())
  const all = () => exporter.getFinishedSpans()
  return {
    all,
    named: (name, count = 1) =>
      eventually(
        async () => all().filter(span => span.name === name),
        found => found.length >= count,
      ),
    childrenOf: span => {
      const { spanId } = span.spanContext()
      return all().filter(({ parentSpanContext }) => parentSpanContext?.spanId === spanId)
    },
    forget: () => exporter.reset(),
    async close() {
      await provider.shutdown()
      for (const part of [trace, context, propagation]) part.disable()
    },
  }
}

/** Milliseconds since 1970. */
export function startOf({ startTime }: ReadableSpan): number {
  return startTime[0] * 1_000 + startTime[1] / 1e6
}

/** Milliseconds since 1970. */
export function endOf({ endTime }: ReadableSpan): number {
  return endTime[0] * 1_000 + endTime[1] / 1e6
}
