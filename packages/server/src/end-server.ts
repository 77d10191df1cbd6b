import { rm } from 'node:fs/promises'
import { HtxError } from '@htx/core'
import type { FastifyInstance } from 'fastify'
import type { KeptTrainer } from './keep-trainer.ts'
import type { Logger } from './log/logger.ts'
import type { PredictLog } from './log/predict-log.ts'
import type { Reconciler } from './models/reconciler.ts'
import { within } from './pool/within.ts'
import type { WorkerPool } from './pool/worker-pool.ts'

/** What a server consists of, as far as it has an end. */
export interface EndingParts {
  readonly settings: { readonly drainTimeoutMs: number }
  readonly app: FastifyInstance
  readonly pool: WorkerPool
  readonly reconciler: Reconciler
  readonly training: KeptTrainer
  /** Aborts what the server asks of others. */
  readonly ending: AbortController
  /** Files of tasks. */
  readonly cacheDir: string
  readonly log: Logger
  readonly predictLog: PredictLog
}

/** How long an end waits for a state file that is just being opened, milliseconds. */
const longestOpeningMs = 5_000

/** Ends a server that takes nothing new: trainings first, then what it answers with, at last what answers may still write to. */
export async function endServer(parts: EndingParts): Promise<void> {
  const { settings, app, pool, reconciler, training, ending, cacheDir, log, predictLog } = parts
  const trainer = training.current
  const stopped = training.stop()
  ending.abort(new HtxError('HTX_DRAINING', 'the server is shutting down'))
  log.info({ requests: pool.unansweredRequests, trainings: trainer?.queue.isBusy ?? false }, 'the server is closing')
  await trainer?.queue.close()
  await reconciler.close()
  await within(pool.drained(), settings.drainTimeoutMs)
  await pool.close()
  await app.close()
  // Requests that were under way may have had something to store.
  await within(
    stopped.then(opened => opened?.close()),
    longestOpeningMs,
  )
  await rm(cacheDir, { recursive: true, force: true })
  predictLog.flush()
  log.info('the server is closed')
  log.flush()
}
