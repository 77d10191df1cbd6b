import { constants, readFileSync } from 'node:fs'
import { access, rm } from 'node:fs/promises'
import { ModelStore } from '@htx/core'
import type { FastifyInstance } from 'fastify'
import { asksForCredentials } from './access-options.ts'
import { type ListenOptions, listen } from './http/listen.ts'
import { webhookSecretOf } from './http/webhook-secret.ts'
import { type Kept, keepOpening } from './jobs/keep-opening.ts'
import type { Trainer } from './jobs/trainer.ts'
import { openCallers } from './label-studio/callers.ts'
import { type EventSigner, openEventSigner } from './label-studio/sign-events.ts'
import { type Logger, openLogger } from './log/logger.ts'
import { PredictLog } from './log/predict-log.ts'
import { ServerMetrics } from './metrics/server-metrics.ts'
import { ModelVersions } from './models/model-versions.ts'
import { Reconciler } from './models/reconciler.ts'
import { completeOptions, type ModelServerOptions, type ServerSettings } from './options.ts'
import type { FetcherEvent } from './pool/fetcher.ts'
import type { FleetEvent } from './pool/fleet.ts'
import type { LogMessage, ModelFacts } from './pool/messages.ts'
import { within } from './pool/within.ts'
import { WorkerPool } from './pool/worker-pool.ts'
import type { Job } from './state/job.ts'
import type { ProjectSettings } from './state/project-store.ts'
import { makeTaskDataFolder } from './task-data-folder.ts'
import type { Tracing } from './tracing/open-tracing.ts'

/** Pause between two attempts to open what trains, milliseconds. */
const retryTrainingMs = 10_000
/** How long a start waits for what trains, milliseconds. */
const openTrainingMs = 5_000
/** Longest wait for what is remembered of a project, milliseconds. */
const patienceMs = 1_000

type StateModule = typeof import('./state/open-state.ts')
type TrainerModule = typeof import('./jobs/trainer.ts')

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
    start: {
      model: settings.model.href,
      trainsElsewhere: settings.train !== undefined,
      options: settings.options,
      batchTasks: settings.batchTasks,
      threads: settings.threads,
      taskData: { cacheDir, ...settings.taskData },
    },
    onLog: message => logFromWorker(log, message),
    onEvent: event => onFleetEvent(event),
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
    onLoad: (version, loadMs) => metrics.versionLoaded(version, loadMs),
    onDrained: version => metrics.versionDrained(version),
  })
  let training: Kept<Trainer> | undefined
  let draining = false
  let closed: Promise<void> | undefined

  try {
    // All that needs no worker is imported and made while the first one starts: each takes a third of a second.
    const [facts, app, { addRoutes }, modules] = await Promise.all([
      pool.open(),
      import('./http/app.ts').then(({ openApp }) =>
        openApp({
          logger: log,
          bodyLimitBytes: settings.bodyLimitBytes,
          access: settings.access,
          version: packageVersion,
        }),
      ),
      import('./routes/index.ts'),
      Promise.all([import('./state/open-state.ts'), import('./jobs/trainer.ts')]),
    ])
    await reconciler.start({ initial: facts.requiresTraining ? undefined : settings.resources })
    training = keepTraining(...modules)
    await within(training.firstAttempt, openTrainingMs)
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
        return training?.current
      },
      whyNothingTrains: () => training?.problem,
      callers: openCallers(settingsOf),
      eventSigner: eventSignerOf(settings, log),
      metrics,
      tracing,
      facts,
      log,
      predictLog,
      validated: new Map(),
      isDraining: () => draining,
    })
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
      closed ??= drainAndEnd(app)
      return closed
    }
  } catch (error) {
    await (await training?.stop())?.close()
    await reconciler.close()
    await pool.close()
    await rm(cacheDir, { recursive: true, force: true })
    throw error
  }

  async function drainAndEnd(app: FastifyInstance): Promise<void> {
    draining = true
    // Clients that keep their connections learn with the next answer that these end, and lose no request over it.
    app.server.prependListener('request', (_, response) => response.setHeader('connection', 'close'))
    const trainer = await training?.stop()
    log.info({ requests: pool.unansweredRequests, trainings: trainer?.queue.isBusy ?? false }, 'the server is closing')
    await trainer?.queue.close()
    await reconciler.close()
    await within(pool.drained(), settings.drainTimeoutMs)
    await pool.close()
    await app.close()
    // Requests that were under way may have had something to store.
    await trainer?.close()
    await rm(cacheDir, { recursive: true, force: true })
    predictLog.flush()
    log.info('the server is closed')
    log.flush()
  }

  /** A server that cannot write still serves, and trains as soon as it can. */
  function keepTraining({ openState }: StateModule, { openTrainer }: TrainerModule): Kept<Trainer> {
    return keepOpening({
      async open() {
        const state = await openState(settings.stateFile)
        try {
          const traced = tracing === undefined ? {} : { trace: (job: Job) => tracing.jobs.begin(job) }
          const onEnd = (job: Job) => metrics.jobEnded(job)
          return await openTrainer({ settings, state, store, versions, reconciler, log, onEnd, ...traced })
        } catch (error) {
          await state.close()
          throw error
        }
      },
      onProblem: reason =>
        log.warn({ reason }, 'nothing can be trained or remembered now; predictions are served, and it is tried again'),
      onOpen: () => log.info('trainings and what is remembered are back'),
      retryMs: retryTrainingMs,
    })
  }

  /** Who waits for a prediction does not wait for a database that another process has locked. */
  async function settingsOf(project: string): Promise<ProjectSettings | undefined> {
    let found: ProjectSettings | undefined
    const asked = training?.current?.state.projects.get(project).then(settings => {
      found = settings
    })
    if (asked !== undefined) await within(asked, patienceMs)
    return found
  }

  function onFleetEvent(event: FleetEvent | FetcherEvent): void {
    metrics.slotEvent(event.kind)
    if (event.kind === 'slot-opened') log.debug({ slot: event.slot }, 'worker opened')
    else if (event.kind === 'slot-lost')
      log.error({ slot: event.slot, reason: event.reason }, 'worker lost; another takes its place')
    else if (event.kind === 'slot-failed')
      log.error({ reason: event.reason, retryMs: event.retryMs }, 'no worker could be opened; trying again')
    else if (event.kind === 'fetcher-opened') log.debug('files are fetched ahead from now on')
    else if (event.kind === 'fetcher-lost')
      log.error(
        { reason: event.reason, retryMs: event.retryMs },
        'the thread that fetches files was lost; workers fetch for themselves until another is there',
      )
    else void reconciler.reconsider(event.key, event.reason.message)
  }
}

/** Events of Label Studio show credentials when it is told to; that takes its API. */
function eventSignerOf({ access, labelStudio }: ServerSettings, log: Logger): EventSigner | undefined {
  if (!asksForCredentials(access) || access.openWebhook || labelStudio?.apiKey === undefined) return undefined
  const { url, apiKey: token } = labelStudio
  return openEventSigner({ labelStudio: { url, token }, secret: () => webhookSecretOf(access), log })
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
