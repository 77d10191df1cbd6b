import { initModelServer, type ModelServer, type ModelServerOptions } from '@htx/server'
import { Command } from 'commander'
import { type AccessFlags, accessOptions, addAccessFlags } from './access-flags.ts'
import { findModel } from './find-model.ts'
import { count, countOrNone, defined, flag, port, seconds, sharedFlags, version } from './flags.ts'
import { readJsonFile, readModelOptions } from './read-settings.ts'
import { addTaskDataFlags, type TaskDataFlags, taskDataOptions } from './task-data-flags.ts'
import { addTrainingFlags, type TrainingFlags, trainingOptions } from './training-flags.ts'

interface ServeFlags extends AccessFlags, TrainingFlags, TaskDataFlags {
  readonly trainEvery?: number
  readonly debounce?: number
  readonly trainJobs?: number
  readonly keepVersions?: number
  readonly model?: string
  readonly train?: string
  readonly modelsDir?: string
  readonly resources?: string
  readonly config?: string
  readonly set: string[]
  readonly port: number
  readonly host: string
  readonly workers?: number
  readonly threads?: number
  readonly workerMemoryMb?: number
  readonly batchTasks?: number
  readonly queueTasks?: number
  readonly predictTimeout?: number
  readonly loadTimeout?: number
  readonly drainTimeout?: number
  readonly bodyLimit?: number
  readonly scanInterval?: number
  readonly poll?: boolean
  readonly logLevel?: string
  readonly logFormat?: 'pretty' | 'json'
  readonly tracing?: boolean
}

/** `htx-serve`: serves a model module to Label Studio. */
export function serveCommand(): Command {
  const command = new Command('htx-serve')
    .description('Serves a model to Label Studio from a pool of worker threads; new versions go live while it serves.')
    .version(version)
    .argument('[model]', 'module that exports the model as default (default: model.{ts,mts,js,mjs} here)')
    .addOption(flag('--model <module>', 'the same, as a flag', 'HTX_MODEL'))
    .addOption(flag('--train <module>', 'module that exports train, when it is a separate file', 'HTX_TRAIN'))
    .addOption(flag('--models-dir <directory>', 'model versions (default: ./models)', 'HTX_MODELS_DIR', 'MODEL_DIR'))
    .addOption(flag('--resources <file>', 'JSON that load() gets before the first training', 'HTX_RESOURCES'))
    .addOption(sharedFlags.config())
    .addOption(sharedFlags.set())
    .addOption(flag('-p, --port <number>', 'port, 0 for any', 'HTX_PORT', 'PORT').argParser(port).default(9090))
    .addOption(flag('--host <name>', 'address to listen on; 0.0.0.0 for all', 'HTX_HOST').default('localhost'))
    .addOption(
      flag('-w, --workers <number>', 'worker threads that serve (default: cores)', 'HTX_WORKERS', 'WORKERS').argParser(
        count,
      ),
    )
    .addOption(sharedFlags.threads())
    .addOption(
      flag('--worker-memory-mb <MiB>', 'JavaScript heap of a worker (not on Bun)', 'HTX_WORKER_MEMORY_MB').argParser(
        count,
      ),
    )
    .addOption(
      flag('--batch-tasks <number>', 'most tasks a call of predict (default: 64)', 'HTX_BATCH_TASKS').argParser(count),
    )
    .addOption(
      flag('--queue-tasks <number>', 'tasks that may wait (default: 10000)', 'HTX_QUEUE_TASKS').argParser(count),
    )
    .addOption(
      flag('--predict-timeout <seconds>', 'longest time to an answer (default: 90)', 'HTX_PREDICT_TIMEOUT').argParser(
        seconds,
      ),
    )
    .addOption(sharedFlags.loadTimeout())
    .addOption(
      flag('--drain-timeout <seconds>', 'grace for requests at the end (default: 30)', 'HTX_DRAIN_TIMEOUT').argParser(
        seconds,
      ),
    )
    .addOption(flag('--body-limit <MiB>', 'largest request (default: 64)', 'HTX_BODY_LIMIT').argParser(count))
    .addOption(
      flag(
        '--scan-interval <seconds>',
        'look into the models directory at least so often (default: 2)',
        'HTX_SCAN_INTERVAL',
      )
        .argParser(seconds)
        .hideHelp(),
    )
    .addOption(flag('--poll', 'watch by polling: for network file systems', 'HTX_POLL'))
    .addOption(
      flag(
        '--log-level <level>',
        'trace, debug, info, warn, error, silent (default: info)',
        'HTX_LOG_LEVEL',
        'LOG_LEVEL',
      ),
    )
    .addOption(
      flag('--log-format <format>', 'pretty or json (default: by terminal)', 'HTX_LOG_FORMAT').choices([
        'pretty',
        'json',
      ]),
    )
    .addOption(flag('--tracing', 'OpenTelemetry traces, for the SDK that you --import', 'HTX_TRACING').hideHelp())
    .addOption(
      flag(
        '--train-every <number>',
        'train when so many annotations changed; 0: when asked (default: 0)',
        'HTX_TRAIN_EVERY',
      ).argParser(countOrNone),
    )
    .addOption(
      flag('--debounce <seconds>', '… and people pause for so long (default: 10)', 'HTX_DEBOUNCE').argParser(seconds),
    )
    .addOption(
      flag('--train-jobs <number>', 'trainings at a time (default: 1)', 'HTX_TRAIN_JOBS').argParser(count).hideHelp(),
    )
    .addOption(
      flag(
        '--keep-versions <number>',
        'versions of a project that are kept (default: 10)',
        'HTX_KEEP_VERSIONS',
      ).argParser(count),
    )
  addAccessFlags(command)
  addTaskDataFlags(command, { inHelp: false })
  return addTrainingFlags(command, { inHelp: false })
    .allowExcessArguments(false)
    .configureHelp({ helpWidth: 120, optionDescription: option => option.description })
    .addHelpText(
      'after',
      '\nEach flag has an environment variable, such as HTX_MODELS_DIR. Tokens, HTTPS, proxies, limits of trainings and files: docs/operations.md.',
    )
    .showHelpAfterError('(htx-serve --help lists the flags)')
    .action((model: string | undefined, flags: ServeFlags) => serve(model, flags))
}

async function serve(model: string | undefined, flags: ServeFlags): Promise<void> {
  const server = await initModelServer(await serverOptions(model, flags))
  try {
    const address = await server.listen({ port: flags.port, host: flags.host })
    closeOnSignals(server)
    process.stderr.write(greeting(server, address))
  } catch (error) {
    await server.close()
    throw error
  }
}

async function serverOptions(model: string | undefined, flags: ServeFlags): Promise<ModelServerOptions> {
  return defined({
    model: await findModel(model ?? flags.model),
    train: flags.train,
    modelsDir: flags.modelsDir,
    resources: flags.resources === undefined ? undefined : await readJsonFile('--resources', flags.resources),
    options: await readModelOptions(flags),
    workers: flags.workers,
    threads: flags.threads,
    workerMemoryMb: flags.workerMemoryMb,
    batchTasks: flags.batchTasks,
    queueTasks: flags.queueTasks,
    predictTimeoutMs: flags.predictTimeout,
    loadTimeoutMs: flags.loadTimeout,
    drainTimeoutMs: flags.drainTimeout,
    bodyLimitBytes: flags.bodyLimit === undefined ? undefined : flags.bodyLimit * 1024 * 1024,
    scanIntervalMs: flags.scanInterval,
    watchPolling: flags.poll,
    logLevel: flags.logLevel?.toLowerCase(),
    logFormat: flags.logFormat,
    tracing: flags.tracing,
    trainEvery: flags.trainEvery,
    trainDebounceMs: flags.debounce,
    trainJobs: flags.trainJobs,
    keepVersions: flags.keepVersions,
    ...accessOptions(flags),
    ...taskDataOptions(flags),
    ...trainingOptions(flags),
  }) as ModelServerOptions
}

/** The first signal drains; the second ends at once. */
function closeOnSignals(server: ModelServer): void {
  let closing = false
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.on(signal, () => {
      if (closing) process.exit(130)
      closing = true
      server.log.info({ signal }, 'finishing what is under way; the same again ends at once')
      void server.close().then(() => process.exit(0))
    })
  }
}

function greeting({ model, settings, modelVersion }: ModelServer, address: string): string {
  const fits = `${model.outputTypes.join(', ')} over ${model.inputTypes?.join(', ') ?? 'anything'}`
  const reserved = 'ML_BLOCK_LOCAL_IP=false SSRF_PROTECTION_ENABLED=false'
  return [
    `htx ${version} serves ${model.className}, version ${modelVersion ?? '(none yet: it must be trained first)'}`,
    `  listening   ${address}`,
    `  fits        label configs with ${fits}`,
    `  workers     ${settings.workers}`,
    `  versions    ${settings.modelsDir}`,
    '  in Label Studio: Settings > Model > Connect Model, URL as above; or start a project with',
    `    ${reserved} label-studio start my_project --init --ml-backends ${address}`,
    '    and choose the backend in its Settings > Annotation, so that people see the predictions',
    '',
  ].join('\n')
}
