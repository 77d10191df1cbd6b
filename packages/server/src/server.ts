import { constants, readFileSync } from 'node:fs'
import { access, rm } from 'node:fs/promises'
import { ModelStore } from '@htx/core'
import type { FastifyInstance } from 'fastify'
import { asksForCredentials } from './access-options.ts'
import { endServer } from './end-server.ts'
import { type ListenOptions, listen } from './http/listen.ts'
import { webhookSecretOf } from './http/webhook-secret.ts'
import type { KeptTrainer } from './keep-trainer.ts'
import { openCallers } from './label-studio/callers.ts'
import { type EventSigner, openEventSigner } from './label-studio/sign-events.ts'
import { type Logger, openLogger } from './log/logger.ts'
import { PredictLog } from './log/predict-log.ts'
import { logPoolEvent } from './log-pool-event.ts'
import { ServerMetrics } from './metrics/server-metrics.ts'
import { ModelVersions } from './models/model-versions.ts'
import { Reconciler } from './models/reconciler.ts'
import { completeOptions, type ModelServerOptions, type ServerSettings } from './options.ts'
import type { LogMessage, ModelFacts } from './pool/messages.ts'
import { WorkerPool } from './pool/worker-pool.ts'
import { makeTaskDataFolder } from './task-data-folder.ts'
import type { Tracing } from './tracing/open-tracing.ts'
import { workerStart } from './worker-start.ts'

/** A server whose model is loaded. */
export interface ModelServer extends AsyncDisposable {
  /** The Fastify instance: add routes and hooks before `listen`. */
  readonly app: FastifyInstance
  readonly settings: ServerSettings
  readonly log: Logger
  readonly model: ModelFacts
  /** Version that answers for projects without one of their own; undefined before the first training of a model that needs it. */
  readonly modelVersion: string | undefined
  /** @returns the address, such as `http://localhost:9090` @throws HtxError `HTX_ADDRESS_IN_USE`, `HTX_ADDRESS_UNAVAILABLE` */
  listen(options?: ListenOptions): Promise<string>
  /** Answers what is under way (up to `drainTimeoutMs`), takes nothing new, ends. Idempotent. */
  close(): Promise<void>
}

/**
 * Makes a model server: starts the workers, loads what is in the models directory, and is ready to listen.
 *
 * @throws HtxError `HTX_OPTION_INVALID`, `HTX_MODULE_NOT_FOUND`, `HTX_MODULE_INVALID`, `HTX_MODEL_LOAD_FAILED`, `HTX_MODELS_DIR_UNUSABLE`
 */
export async function initModelServer(options: ModelServerOptions): Promise<ModelServer> {
  const settings = completeOptions(options)
  const log = openLogger(settings.logLevel, settings.logFormat)
  const tracing = settings.tracing ? await importTracing(log) : undefined
  const store = await ModelStore.open(settings.modelsDir)
  await access(settings.modelsDir, constants.W_OK).catch(() =>
    log.warn(
      { directory: settings.modelsDir },
      'the models directory cannot be written: its versions are served, none can be added from here',
    ),
  )
  // Threads may be ended at any moment, so the files that they fetch lie where the main thread can remove them.
  const cacheDir = await makeTaskDataFolder()
  const pool: WorkerPool = new WorkerPool({
    ...settings,
    start: workerStart(settings, cacheDir),
    onLog: message => logFromWorker(log, message),
    onEvent: event => {
      metrics.slotEvent(event.kind)
      logPoolEvent(log, event)
      if (event.kind === 'version-lost') void reconciler.reconsider(event.key, event.reason.message)
    },
    onRun: run => metrics.ran(run),
    onFailed: error => metrics.failed(error),
  })
  const predictLog = new PredictLog(log)
  const versions = new ModelVersions()
  const metrics = new ServerMetrics({
    counts: () => pool.counts,
    waitingTasks: () => pool.waitingTasks,
    versionStates: () => versions.list().map(({ state }) => state),
  })
  const reconciler = new Reconciler({
    store,
    versions,
    loader: pool,
    log,
    ...settings,
    onSwap: () => metrics.swapped(),
    onLook: isListed => metrics.lookedAtModels(isListed),
    onLoad: (version, loadMs) => metrics.versionLoaded(version, loadMs),
    onDrained: version => metrics.versionDrained(version),
  })
  /** For a start that fails after it is there. */
  let kept: KeptTrainer | undefined
  let draining = false
  const ending = new AbortController()

  try {
    // All that needs no worker is imported and made while the first one starts: each takes a third of a second.
    const [facts, app, { addRoutes }, { keepTrainer }] = await Promise.all([
      pool.open(),
      import('./http/app.ts').then(({ openApp }) =>
        openApp({
          logger: log,
          bodyLimitBytes: settings.bodyLimitBytes,
          access: settings.access,
          version: packageVersion,
          onUnreadable: status => metrics.answered('unreadable', status),
          onCertificate: validTo => metrics.certificateServes(validTo),
        }),
      ),
      import('./routes/index.ts'),
      import('./keep-trainer.ts'),
    ])
    await reconciler.start({ initial: facts.requiresTraining ? undefined : settings.resources })
    const training = await keepTrainer({
      settings,
      store,
      versions,
      reconciler,
      log,
      onEnd: job => metrics.jobEnded(job),
      ...(tracing === undefined ? {} : { trace: job => tracing.jobs.begin(job) }),
    })
    kept = training
    // Clients that keep their connections learn with the next answer that these end, and lose no request over it.
    app.addHook('onSend', (request, reply, _payload, done) => {
      reply.header('x-request-id', request.id)
      if (draining) reply.header('connection', 'close')
      done()
    })
    app.addHook('onResponse', (request, reply, done) => {
      metrics.answered(request.routeOptions.url ?? 'unknown', reply.statusCode)
      done()
    })
    tracing?.requests.addHooks(app)
    addRoutes(app, {
      settings,
      store,
      pool,
      versions,
      reconciler,
      get trainer() {
        return training.current
      },
      whyNothingTrains: () => training.problem,
      callers: openCallers(training.settingsOf),
      eventSigner: eventSignerOf(settings, log, ending.signal),
      metrics,
      tracing,
      facts,
      log,
      predictLog,
      validated: new Map(),
      isDraining: () => draining,
    })
    let closed: Promise<void> | undefined
    return {
      app,
      settings,
      log,
      model: facts,
      get modelVersion() {
        return versions.current(undefined)?.modelVersion
      },
      listen: where => listen(app, settings.access, log, where),
      close,
      [Symbol.asyncDispose]: close,
    }

    function close(): Promise<void> {
      draining = true
      closed ??= endServer({ settings, app, pool, reconciler, training, ending, cacheDir, log, predictLog })
      return closed
    }
  } catch (error) {
    await (await kept?.stop())?.close()
    await reconciler.close()
    await pool.close()
    await rm(cacheDir, { recursive: true, force: true })
    throw error
  }
}

/** Events of Label Studio show credentials when it is told to; that takes its API. */
function eventSignerOf(
  { access, labelStudio }: ServerSettings,
  log: Logger,
  signal: AbortSignal,
): EventSigner | undefined {
  if (!asksForCredentials(access) || access.openWebhook || labelStudio?.apiKey === undefined) return undefined
  const { url, apiKey: token } = labelStudio
  return openEventSigner({ labelStudio: { url, token, signal }, secret: () => webhookSecretOf(access), log })
}

/** Most servers do without. */
async function importTracing(log: Logger): Promise<Tracing> {
  const { openTracing } = await import('./tracing/open-tracing.ts')
  return openTracing({ version: packageVersion, log })
}

function logFromWorker(log: Logger, { log: level, message, fields }: LogMessage): void {
  log[level](fields, message)
}

const packageVersion: string = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')).version
