import { isAbsolute, join, resolve } from 'node:path'
import { availableCores, compileSchema, HtxError, moduleUrl, Type } from '@htx/core'
import type { Static, TSchemaOptions } from 'typebox'
import { type AccessSettings, accessProperties, completeAccess } from './access-options.ts'
import { completeTaskData, taskDataProperties } from './task-data-options.ts'
import { completeTrainingOptions, type TrainingOptions, trainingProperties } from './training-options.ts'

/*
 * Every option of the server: meaning, unit, default. Checked once here, complete and frozen after.
 */

const Positive = (options: TSchemaOptions) => Type.Integer({ minimum: 1, ...options })

const OptionsSchema = Type.Object(
  {
    options: Type.Optional(
      Type.Record(Type.String(), Type.Unknown(), { description: 'What `context.options` holds. Default: {}.' }),
    ),
    resources: Type.Optional(
      Type.Record(Type.String(), Type.Unknown(), {
        description: 'What `load` gets for the version `initial`. Default: {}.',
      }),
    ),
    modelsDir: Type.Optional(
      Type.String({ minLength: 1, description: 'Directory of model versions. Default: ./models.' }),
    ),
    workers: Type.Optional(
      Positive({
        maximum: 1024,
        description: 'Worker threads that serve; one more stands by. Default: the cores that the process may use.',
      }),
    ),
    threads: Type.Optional(
      Positive({
        maximum: 1024,
        description:
          'Threads that one session inside a model may use (`context.threads`, `onnxSessionOptions`). Default: cores / workers, at least 1.',
      }),
    ),
    workerMemoryMb: Type.Optional(
      Positive({
        minimum: 16,
        description: 'JavaScript heap of a worker, MiB; more ends it. Not on Bun. Default: the runtime’s.',
      }),
    ),
    batchTasks: Type.Optional(
      Positive({
        description:
          'Most tasks that one call of predict gets. Lower it for models that need much memory a task. Default: 64.',
      }),
    ),
    batchRequests: Type.Optional(
      Positive({ description: 'Most requests that one run of a worker takes. Default: 16.' }),
    ),
    queueTasks: Type.Optional(
      Positive({ description: 'Tasks that may wait for a worker; more are answered 429. Default: 10,000.' }),
    ),
    predictTimeoutMs: Type.Optional(
      Positive({
        description: 'Longest time to an answer of /predict, milliseconds; Label Studio waits 100 s. Default: 90,000.',
      }),
    ),
    loadTimeoutMs: Type.Optional(
      Positive({ description: 'Longest load of a version in one worker, milliseconds. Default: 300,000.' }),
    ),
    drainTimeoutMs: Type.Optional(
      Type.Integer({
        minimum: 0,
        description: 'How long `close` waits for requests under way, milliseconds. Default: 30,000.',
      }),
    ),
    bodyLimitBytes: Type.Optional(Positive({ description: 'Largest body of a request. Default: 64 MiB.' })),
    scanIntervalMs: Type.Optional(
      Positive({
        description: 'How often the models directory is listed without an event, milliseconds. Default: 2,000.',
      }),
    ),
    watchPolling: Type.Optional(
      Type.Boolean({
        description: 'Look for changes by polling: for network file systems, which send no events. Default: false.',
      }),
    ),
    ...accessProperties,
    ...taskDataProperties,
    logLevel: Type.Optional(
      Type.Union(
        [
          Type.Literal('trace'),
          Type.Literal('debug'),
          Type.Literal('info'),
          Type.Literal('warn'),
          Type.Literal('error'),
          Type.Literal('fatal'),
          Type.Literal('silent'),
        ],
        { description: 'Default: info.' },
      ),
    ),
    logFormat: Type.Optional(
      Type.Union([Type.Literal('pretty'), Type.Literal('json')], {
        description: 'Default: pretty on a terminal, else json.',
      }),
    ),
    tracing: Type.Optional(
      Type.Boolean({
        description:
          'OpenTelemetry traces of requests and trainings; needs `@opentelemetry/api` and an SDK. Default: false.',
      }),
    ),
    ...trainingProperties,
  },
  { additionalProperties: false },
)

/** What `initModelServer` takes. Everything but the model has a default. */
export interface ModelServerOptions extends Static<typeof OptionsSchema> {
  /** The module that exports the model as default: a path, relative to the working directory, or a `file:` URL. */
  readonly model: string | URL
  /** The module that exports `train`, when it is a separate file. */
  readonly train?: string | URL
}

/** The same, complete. */
export interface ServerSettings extends TrainingOptions {
  readonly stateFile: string
  readonly model: URL
  readonly train: URL | undefined
  readonly options: Readonly<Record<string, unknown>>
  readonly resources: Readonly<Record<string, unknown>>
  readonly modelsDir: string
  readonly workers: number
  readonly threads: number
  readonly workerMemoryMb: number | undefined
  readonly batchTasks: number
  readonly batchRequests: number
  readonly queueTasks: number
  readonly predictTimeoutMs: number
  readonly loadTimeoutMs: number
  readonly drainTimeoutMs: number
  readonly bodyLimitBytes: number
  readonly scanIntervalMs: number
  readonly watchPolling: boolean
  readonly access: AccessSettings
  readonly labelStudio: { readonly url: string; readonly apiKey?: string } | undefined
  readonly taskData: ReturnType<typeof completeTaskData>
  readonly logLevel: string
  readonly logFormat: 'pretty' | 'json'
  readonly tracing: boolean
}

const parseOptions = compileSchema<Static<typeof OptionsSchema>>(OptionsSchema, {
  code: 'HTX_OPTION_INVALID',
  what: 'the options',
})

/** Checks the options, fills in what is missing and freezes the result. @throws HtxError `HTX_OPTION_INVALID` */
export function completeOptions(given: ModelServerOptions): ServerSettings {
  const { model, train, ...rest } = given
  if (typeof model !== 'string' && !(model instanceof URL)) {
    throw new HtxError('HTX_OPTION_INVALID', `model must be the path or URL of a module; it is ${typeof model}`)
  }
  const options = parseOptions(withoutUndefined(rest))
  const workers = options.workers ?? availableCores()
  const modelsDir = absolute(options.modelsDir ?? 'models')
  return Object.freeze({
    model: moduleUrl(model),
    train: train === undefined ? undefined : moduleUrl(train),
    options: options.options ?? {},
    resources: options.resources ?? {},
    modelsDir,
    stateFile: absolute(options.stateFile ?? join(modelsDir, 'htx.sqlite')),
    ...completeTrainingOptions(options),
    workers,
    threads: options.threads ?? Math.max(1, Math.floor(availableCores() / workers)),
    workerMemoryMb: options.workerMemoryMb,
    batchTasks: options.batchTasks ?? 64,
    batchRequests: options.batchRequests ?? 16,
    queueTasks: options.queueTasks ?? 10_000,
    predictTimeoutMs: options.predictTimeoutMs ?? 90_000,
    loadTimeoutMs: options.loadTimeoutMs ?? 300_000,
    drainTimeoutMs: options.drainTimeoutMs ?? 30_000,
    bodyLimitBytes: options.bodyLimitBytes ?? 64 * 1024 * 1024,
    scanIntervalMs: options.scanIntervalMs ?? 2_000,
    watchPolling: options.watchPolling ?? false,
    access: Object.freeze(completeAccess(options)),
    labelStudio: options.labelStudio as ServerSettings['labelStudio'],
    taskData: completeTaskData(options),
    logLevel: options.logLevel ?? 'info',
    logFormat: options.logFormat ?? (process.stdout.isTTY ? 'pretty' : 'json'),
    tracing: options.tracing ?? false,
  })
}

function absolute(path: string): string {
  return isAbsolute(path) ? path : resolve(path)
}

/** Callers hand on what they have: `{ workers: undefined }` means the default. */
function withoutUndefined(given: object): Record<string, unknown> {
  return Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined))
}
