import type { ModelStore } from '@htx/core'
import type { FastifyInstance } from 'fastify'
import type { Trainer } from '../jobs/trainer.ts'
import type { Callers } from '../label-studio/callers.ts'
import type { EventSigner } from '../label-studio/sign-events.ts'
import type { Logger } from '../log/logger.ts'
import type { PredictLog } from '../log/predict-log.ts'
import type { ServerMetrics } from '../metrics/server-metrics.ts'
import type { ModelVersions } from '../models/model-versions.ts'
import type { Reconciler } from '../models/reconciler.ts'
import type { ServerSettings } from '../options.ts'
import type { ModelFacts } from '../pool/messages.ts'
import type { WorkerPool } from '../pool/worker-pool.ts'
import type { Tracing } from '../tracing/open-tracing.ts'

/** What routes work with. */
export interface RouteContext {
  readonly settings: ServerSettings
  readonly pool: WorkerPool
  readonly versions: ModelVersions
  readonly reconciler: Reconciler
  readonly store: ModelStore
  /** Undefined while nothing can be written. */
  readonly trainer: Trainer | undefined
  /** Why there is none. */
  whyNothingTrains(): string | undefined
  /** The Label Studios that call. */
  readonly callers: Callers
  /** Undefined where events need nothing, or Label Studio's API cannot be asked. */
  readonly eventSigner: EventSigner | undefined
  readonly log: Logger
  readonly predictLog: PredictLog
  readonly metrics: ServerMetrics
  /** Undefined when it is off. */
  readonly tracing: Tracing | undefined
  /** What the model reads and fills; the main thread never imports it. */
  readonly facts: ModelFacts
  /** Label configs by the binding that `/validate` made of them: Label Studio 0.4–0.6 sends the binding from then on. */
  readonly validated: Map<string, string>
  /** True from the moment in which the server begins to shut down. */
  isDraining(): boolean
}

/** Adds one endpoint to the app. */
export type Route = (app: FastifyInstance, context: RouteContext) => void
