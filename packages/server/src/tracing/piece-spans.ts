import type { HtxError } from '@htx/core'
import type { Attributes, Context, Tracer } from '@opentelemetry/api'
import type { AnsweredPiece } from '../pool/messages.ts'
import type { Piece, PieceWatch } from '../pool/predict-request.ts'
import type { OpenTelemetry } from './open-tracing.ts'
import type { SpanClock } from './span-clock.ts'

/** Pieces of a request that have spans: a batch of a hundred thousand tasks would have thousands. */
const mostPieces = 50

/**
 * Spans of the pieces of a request, made when they have been answered: `htx.resolve` and `htx.queue` from the main thread's times, then
 * `htx.resolve`, `htx.model` and `htx.check` from those that the worker sent. Tasks of other requests may have shared these: `htx.batch.tasks`.
 */
export class PieceSpans implements PieceWatch {
  readonly #api: OpenTelemetry
  readonly #tracer: Tracer
  readonly #context: Context
  readonly #clock: SpanClock
  readonly #takenAt = new Map<Piece, number>()
  #pieces = 0
  /** When tasks were last given back by a worker that was lost: they wait anew. */
  #lostAt = 0

  constructor(
    api: OpenTelemetry,
    tracer: Tracer,
    { context, clock }: { readonly context: Context; readonly clock: SpanClock },
  ) {
    this.#api = api
    this.#tracer = tracer
    this.#context = context
    this.#clock = clock
  }

  /** Those that workers got, with and without spans. */
  get count(): number {
    return this.#pieces
  }

  taken(piece: Piece): void {
    this.#takenAt.set(piece, performance.now())
  }

  answered(piece: Piece, { stages }: AnsweredPiece, workMs: number): void {
    const runAt = performance.now() - workMs
    if (!this.#begin(piece) || stages === undefined) return
    const attributes = { 'htx.tasks': piece.to - piece.from, 'htx.batch.tasks': stages.tasks }
    let at = runAt + stages.startMs
    for (const [name, ms] of [
      ['htx.resolve', stages.resolveMs],
      ['htx.model', stages.modelMs],
      ['htx.check', stages.checkMs],
    ] as const) {
      if (ms > 0 || name !== 'htx.resolve') this.#add(name, at, at + ms, attributes)
      at += ms
    }
  }

  failed(piece: Piece, error: HtxError): void {
    const now = performance.now()
    const takenAt = this.#takenAt.get(piece) ?? now
    this.#lostAt = now
    if (!this.#begin(piece)) return
    const attributes = { 'htx.tasks': piece.to - piece.from, 'htx.error.code': error.code, 'error.type': error.code }
    this.#add('htx.run', takenAt, now, attributes, error.message)
  }

  /** What was before a worker had it. @returns false when there are spans enough */
  #begin(piece: Piece): boolean {
    const { request, from } = piece
    const takenAt = this.#takenAt.get(piece) ?? performance.now()
    this.#takenAt.delete(piece)
    this.#pieces += 1
    if (this.#pieces > mostPieces) return false
    const attributes = { 'htx.tasks': piece.to - from }
    const readyAt = request.ready.readyAt(from)
    if (piece.alone) this.#add('htx.queue', this.#lostAt, takenAt, attributes)
    else {
      if (request.ready.inputs(piece) !== undefined) this.#add('htx.resolve', request.enqueuedAt, readyAt, attributes)
      this.#add('htx.queue', readyAt, takenAt, attributes)
    }
    return true
  }

  /** @param error message of what went wrong */
  #add(name: string, from: number, to: number, attributes: Attributes, error?: string): void {
    const startTime = this.#clock.at(from)
    const span = this.#tracer.startSpan(name, { startTime, attributes }, this.#context)
    if (error !== undefined) span.setStatus({ code: this.#api.SpanStatusCode.ERROR, message: error })
    span.end(this.#clock.at(Math.max(from, to)))
  }
}
