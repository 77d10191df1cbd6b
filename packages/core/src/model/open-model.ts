import { dirname } from 'node:path'
import { fileURLToPath } from 'node:url'
import { HtxError, isHtxError, messageOf } from '../errors/htx-error.ts'
import type { LabelConfig } from '../label-config/label-config.ts'
import { initialVersion } from '../manifest/model-version.ts'
import type { LabelStudioAddress } from '../task-data/label-studio/address.ts'
import { openTaskData, type TaskData, type TaskDataOptions } from '../task-data/task-data.ts'
import type { LegacySchema, Task } from '../wire/requests.ts'
import { availableCores } from './available-cores.ts'
import type { BaseModel, ModelClass } from './base-model.ts'
import type { ModelLog, PredictContext } from './contexts.ts'
import { labelConfigReader } from './label-config-reader.ts'
import { loadModelClass, moduleUrl } from './load-model-class.ts'
import type { FetchedInput } from './model-input.ts'
import type { InteractiveContext } from './model-task.ts'
import { openSharing } from './open-sharing.ts'
import { type PredictTimes, predictTasks } from './predict-tasks.ts'
import type { TaskOutcome } from './task-outcome.ts'

export interface OpenModelOptions {
  /** The module that exports the model as default (path or `file:` URL), or the class itself. */
  readonly model: string | URL | ModelClass
  /** What the train function returned. Default: `{}`. */
  readonly resources?: Readonly<Record<string, unknown>>
  /** What `context.options` holds. Default: `{}`. */
  readonly options?: Readonly<Record<string, unknown>>
  /** Default: `initial`. */
  readonly modelVersion?: string
  /** Where the version's files lie. */
  readonly directory?: string
  /** What `context.threads` says, for sessions inside the model. Default: the cores that the process may use. */
  readonly threads?: number
  /** How files behind task data are brought here. */
  readonly taskData?: TaskDataOptions | TaskData
  /**
   * By name, what `context.shared` gives without calling `make`; what `load` makes is added. Hand it from thread to thread with `postMessage`.
   * Default: empty.
   */
  readonly sharedValues?: Map<string, unknown>
  /** Default: silent. */
  readonly log?: ModelLog
  /** Gives the load up. */
  readonly signal?: AbortSignal
}

export interface PredictOptions {
  /** As XML, parsed, or the binding that Label Studio 0.4–0.6 sends. */
  readonly labelConfig: string | LabelConfig | LegacySchema
  readonly project?: string | undefined
  readonly params?: Readonly<Record<string, unknown>>
  readonly interactive?: InteractiveContext | undefined
  /** The Label Studio that asks; files of its tasks lie there when `taskData` names no other. */
  readonly caller?: LabelStudioAddress | undefined
  /** What `InputFetcher` fetched into the `cacheDir` of `taskData`, for each task. What is missing, or has gone, is fetched here. */
  readonly fetched?: readonly (FetchedInput | undefined)[] | undefined
  readonly signal?: AbortSignal
  /** Hears where the time went, once, before the outcomes are there; not when the call fails. */
  onTimes?(times: PredictTimes): void
}

/** A loaded model in this thread. */
export interface OpenModel extends AsyncDisposable {
  readonly modelClass: ModelClass
  readonly modelVersion: string
  /**
   * @returns one outcome per task, in their order
   * @throws HtxError `HTX_LABEL_CONFIG_INVALID`, or `HTX_LABEL_CONFIG_UNFIT` when the model has nothing to fill there
   */
  predict(tasks: readonly Task[], options: PredictOptions): Promise<TaskOutcome[]>
  /** Unloads the model. */
  close(): Promise<void>
}

/**
 * Loads a model for use without a server: scripts, tests, notebooks. Worker threads use the same.
 *
 * @example
 * await using model = await openModel({ model: './model.ts' })
 * const [outcome] = await model.predict([{ data: { text: 'great' } }], { labelConfig: '<View>…</View>' })
 * @throws HtxError `HTX_MODULE_NOT_FOUND`, `HTX_MODULE_INVALID`, `HTX_MODEL_LOAD_FAILED`
 */
export async function openModel(options: OpenModelOptions): Promise<OpenModel> {
  const { model: source, modelVersion = initialVersion, log = silentLog } = options
  const modelClass = typeof source === 'function' ? source : await loadModelClass(source)
  const moduleDirectory = typeof source === 'function' ? process.cwd() : dirname(fileURLToPath(moduleUrl(source)))
  const modelOptions = options.options ?? {}
  const neverAborts = new AbortController().signal
  const instance = await load()
  const ownTaskData = options.taskData === undefined || !('resolve' in options.taskData)
  let taskData: TaskData | undefined = ownTaskData ? undefined : (options.taskData as TaskData)
  const readConfig = labelConfigReader(modelClass)
  let closed: Promise<void> | undefined

  return { modelClass, modelVersion, predict, close, [Symbol.asyncDispose]: close }

  async function load(): Promise<BaseModel> {
    const sharing = openSharing(options.sharedValues ?? new Map())
    try {
      const loading = new modelClass() as BaseModel
      await loading.load(options.resources ?? {}, {
        modelVersion,
        options: modelOptions,
        directory: options.directory,
        moduleDirectory,
        threads: options.threads ?? availableCores(),
        signal: options.signal ?? neverAborts,
        log,
        shared: sharing.shared,
      })
      return loading
    } catch (error) {
      if (isHtxError(error)) throw error
      const hint =
        modelVersion === initialVersion && Object.keys(options.resources ?? {}).length === 0
          ? needsTrainingHint(modelClass)
          : ''
      const message = `${modelClass.name} could not load version ${modelVersion}: ${messageOf(error)}${hint}`
      throw new HtxError('HTX_MODEL_LOAD_FAILED', message, { cause: error })
    } finally {
      sharing.close()
    }
  }

  async function predict(tasks: readonly Task[], request: PredictOptions): Promise<TaskOutcome[]> {
    if (closed !== undefined)
      throw new HtxError('HTX_VERSION_UNAVAILABLE', `${modelClass.name} ${modelVersion} is closed`)
    const { labelConfig, bindings } = readConfig(request.labelConfig)
    const { caller, project, signal = neverAborts } = request
    const bring = (value: string, task?: Task['id']) => {
      taskData ??= openTaskData(options.taskData as TaskDataOptions | undefined)
      return taskData.resolve(value, { signal, caller, project, task })
    }
    const context: PredictContext = {
      binding: bindings[0],
      bindings,
      labelConfig,
      options: modelOptions,
      params: request.params ?? {},
      interactive: request.interactive,
      project,
      modelVersion,
      signal,
      log,
      resolve: url => bring(url, tasks.find(({ data }) => Object.values(data).includes(url))?.id),
    }
    return predictTasks(instance, {
      tasks,
      context,
      bring: modelClass.inputs === 'file' ? bring : undefined,
      fetched: request.fetched,
      onTimes: times => request.onTimes?.(times),
    })
  }

  function close(): Promise<void> {
    closed ??= (async () => {
      await instance.unload()
      if (ownTaskData) await taskData?.close()
    })()
    return closed
  }
}

function needsTrainingHint({ requiresTraining }: ModelClass): string {
  return requiresTraining ? '' : '. A model that must be trained first says static readonly requiresTraining = true'
}

const silentLog: ModelLog = { debug() {}, info() {}, warn() {}, error() {} }
