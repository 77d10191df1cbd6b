import { createHash } from 'node:crypto'
import { realpath, stat } from 'node:fs/promises'
import { availableParallelism } from 'node:os'
import { resolve } from 'node:path'
import { defaultProject, type ExportedTask, HtxError, initialVersion, parseLabelConfig, readExport } from '@htx/core'
import { type LabelStudioClient, newestVersion, type OpenPoolOptions, openLabelStudio, openPool } from '@htx/server'
import { Command, Option } from 'commander'
import { predictFile } from '../predict/predict-file.ts'
import { predictProject } from '../predict/predict-project.ts'
import { openPredictReport, type PredictReport } from '../predict/report.ts'
import type { PredictRun, RunCounts } from '../predict/run.ts'
import { findModel } from './find-model.ts'
import { collect, count, defined, flag, seconds, version } from './flags.ts'
import { labelConfigBeside, openInput, readLabelConfig } from './open-input.ts'
import { readJsonFile, readPairs } from './read-settings.ts'

interface PredictFlags {
  readonly model?: string
  readonly data?: string
  readonly out?: string
  readonly labelConfig?: string
  readonly labelStudioProject?: string
  readonly project?: string
  readonly modelsDir?: string
  readonly resources?: string
  readonly config?: string
  readonly set: string[]
  readonly workers: number
  readonly batchTasks: number
  readonly predictTimeout: number
  readonly loadTimeout?: number
  readonly labelStudioUrl?: string
  readonly labelStudioApiKey?: string
  readonly dataRoot?: string
  readonly json?: boolean
}

/** Where tasks come from and predictions go to. */
type Target =
  | { readonly kind: 'file'; readonly data: string; readonly out: string }
  | { readonly kind: 'project'; readonly id: string; readonly client: LabelStudioClient }

/** `htx-predict`: predictions for many tasks, without a server. */
export function predictCommand(): Command {
  return new Command('htx-predict')
    .description(
      'Predicts for a file of tasks, or for a project in Label Studio. Stopped and started again, it goes on.',
    )
    .version(version)
    .argument('[model]', 'module that exports the model as default (default: model.{ts,mts,js,mjs} here)')
    .addOption(flag('--model <module>', 'the same, as a flag', 'HTX_MODEL'))
    .addOption(
      flag('--data <file>', 'tasks, as Label Studio exports or imports them; - for standard input', 'HTX_DATA'),
    )
    .addOption(flag('--out <file>', 'tasks with predictions, for Label Studio to import', 'HTX_OUT'))
    .addOption(
      flag('--label-config <file>', 'label config (default: label-config.xml beside the model)', 'HTX_LABEL_CONFIG'),
    )
    .addOption(
      flag('--label-studio-project <id>', 'instead: import for the tasks of this project', 'HTX_LABEL_STUDIO_PROJECT'),
    )
    .addOption(
      flag(
        '--project <name>',
        'project whose newest version predicts (default: that of Label Studio, else all)',
        'HTX_PROJECT',
      ),
    )
    .addOption(flag('--models-dir <directory>', 'model versions (default: ./models)', 'HTX_MODELS_DIR', 'MODEL_DIR'))
    .addOption(flag('--resources <file>', 'JSON that load() gets where there is no version', 'HTX_RESOURCES'))
    .addOption(flag('--config <file>', 'JSON of options for the model (context.options)', 'HTX_CONFIG'))
    .addOption(
      new Option('--set <key=value>', 'one such option, as often as needed; wins over --config')
        .argParser(collect)
        .default([]),
    )
    .addOption(
      flag('-w, --workers <number>', 'worker threads (default: cores)', 'HTX_WORKERS', 'WORKERS')
        .argParser(count)
        .default(availableParallelism()),
    )
    .addOption(
      flag('--batch-tasks <number>', 'most tasks a call of predict (default: 64)', 'HTX_BATCH_TASKS')
        .argParser(count)
        .default(64),
    )
    .addOption(
      flag('--predict-timeout <seconds>', 'longest time for so many (default: 600)', 'HTX_PREDICT_TIMEOUT')
        .argParser(seconds)
        .default(600_000),
    )
    .addOption(
      flag('--load-timeout <seconds>', 'longest load in a worker (default: 300)', 'HTX_LOAD_TIMEOUT').argParser(
        seconds,
      ),
    )
    .addOption(flag('--label-studio-url <url>', 'where Label Studio is', 'LABEL_STUDIO_URL'))
    .addOption(flag('--label-studio-api-key <key>', 'its token; better in the environment', 'LABEL_STUDIO_API_KEY'))
    .addOption(flag('--data-root <directory>', 'tasks may name files in it', 'HTX_DATA_ROOT'))
    .addOption(flag('--json', 'a JSON object a line instead of words', 'HTX_JSON'))
    .allowExcessArguments(false)
    .configureHelp({ helpWidth: 120, optionDescription: option => option.description })
    .showHelpAfterError('(htx-predict --help lists the flags)')
    .action((model: string | undefined, flags: PredictFlags) => predict(model, flags))
}

async function predict(given: string | undefined, flags: PredictFlags): Promise<void> {
  const report = openPredictReport({ json: flags.json === true })
  const stop = new AbortController()
  const stopListening = stopOnSignals(stop, report)
  try {
    await run(await findModel(given ?? flags.model), flags, report, stop.signal)
  } catch (error) {
    const told = stop.signal.aborted ? stop.signal.reason : error
    report.failed(told)
    throw told
  } finally {
    stopListening()
  }
}

async function run(model: string, flags: PredictFlags, report: PredictReport, signal: AbortSignal): Promise<void> {
  const { workers, batchTasks, labelStudioUrl, labelStudioApiKey } = flags
  const target = targetOf(flags, report, signal)
  const labelConfig = await labelConfigFor(target, flags, model)
  const project = flags.project ?? (target.kind === 'project' ? target.id : defaultProject)
  const config = flags.config === undefined ? {} : await readJsonFile('--config', flags.config)
  const options = { ...config, ...readPairs(flags.set) }
  const resources = flags.resources === undefined ? undefined : await readJsonFile('--resources', flags.resources)
  const stored = await newestVersion(await modelsDirOf(flags), project)
  await using pool = await openPool(
    defined({
      model,
      options,
      version: stored,
      workers,
      batchTasks,
      queueTasks: (workers + 1) * batchTasks,
      predictTimeoutMs: flags.predictTimeout,
      loadTimeoutMs: flags.loadTimeout,
      resources,
      labelStudio:
        labelStudioUrl === undefined ? undefined : defined({ url: labelStudioUrl, apiKey: labelStudioApiKey }),
      dataRoot: flags.dataRoot,
    }) as OpenPoolOptions,
  )
  const version = stored?.version ?? initialVersion
  report.say(`version ${version} predicts`)
  const common: PredictRun = {
    pool,
    version,
    predict: { labelConfig, project, signal },
    chunkTasks: batchTasks,
    // While one chunk is waited for, the workers have others.
    width: workers + 1,
    report,
  }
  const facts = {
    model: resolve(model),
    version,
    labelConfig: digest(labelConfig),
    options: digest(JSON.stringify([options, resources])),
  }
  const counts = await predictFor(target, common, facts, signal)
  report.done(counts, version, target.kind === 'file' ? target.out : `project ${target.id}`)
}

function predictFor(
  target: Target,
  common: PredictRun,
  facts: Readonly<Record<string, string>>,
  signal: AbortSignal,
): Promise<RunCounts> {
  if (target.kind === 'project') return importPredictions(target, common, signal)
  return predictTasks(target, common, facts)
}

async function predictTasks(
  { data, out }: Extract<Target, { kind: 'file' }>,
  common: PredictRun,
  facts: Readonly<Record<string, string>>,
): Promise<RunCounts> {
  await expectTwoFiles(data, out)
  const read = async (): Promise<AsyncGenerator<ExportedTask>> =>
    readExport(await openInput('--data', data), { labelConfig: parseLabelConfig(common.predict.labelConfig) })
  const total = common.report.wantsTotal && data !== '-' ? await countOf(await read()) : undefined
  return predictFile({ ...common, tasks: await read(), total, out, facts })
}

/** Whatever they are called. @throws HtxError `HTX_OPTION_INVALID` */
async function expectTwoFiles(data: string, out: string): Promise<void> {
  const [from, to] = await Promise.all([data, out].map(path => realpath(path).catch(() => undefined)))
  if (from === undefined || from !== to) return
  throw new HtxError(
    'HTX_OPTION_INVALID',
    `--out ${out} is the file of --data, which would be lost. Give the predictions a file of their own`,
  )
}

async function importPredictions(
  { id, client }: Extract<Target, { kind: 'project' }>,
  common: PredictRun,
  signal: AbortSignal,
): Promise<RunCounts> {
  const counts = await predictProject({ ...common, client, project: id, signal })
  const advice = await showingAdvice(client, id, common.version)
  if (advice !== undefined) common.report.say(advice)
  return counts
}

/** How a project comes to show the predictions of a version; undefined when it does. A project shows a version, or follows a backend by its title. */
async function showingAdvice(client: LabelStudioClient, id: string, version: string): Promise<string | undefined> {
  const { modelVersion } = await client.project(id)
  if (modelVersion === version) return undefined
  // The predictions are in: a Label Studio that does not tell of its backends is no reason to fail.
  const backends = await client.backends(id).catch(() => [])
  const answering = backends.filter(backend => backend.modelVersion === version)
  if (answering.some(({ title }) => title === modelVersion)) return undefined
  const [backend] = answering
  const choice = backend === undefined ? version : `the backend «${backend.title || backend.url}», not a version,`
  const shown = modelVersion === undefined ? 'no predictions' : `those of ${modelVersion}`
  return `project ${id} shows ${shown}: choose ${choice} in Settings > Annotation > Prelabeling`
}

/** One that is named is there: a slip of the pen would predict untrained. @throws HtxError `HTX_OPTION_INVALID` */
async function modelsDirOf({ modelsDir }: PredictFlags): Promise<string> {
  if (modelsDir === undefined) return resolve('models')
  const isDirectory = await stat(modelsDir).then(
    stats => stats.isDirectory(),
    () => false,
  )
  if (isDirectory) return resolve(modelsDir)
  throw new HtxError(
    'HTX_OPTION_INVALID',
    `--models-dir (HTX_MODELS_DIR, MODEL_DIR) must be a directory of model versions; ${modelsDir} is none. Mend its path, or leave it out to predict untrained`,
  )
}

function targetOf(flags: PredictFlags, report: PredictReport, signal: AbortSignal): Target {
  const { data, out, labelStudioProject: id, labelStudioUrl: url, labelStudioApiKey: token } = flags
  if (id === undefined) {
    if (data !== undefined && out !== undefined) return { kind: 'file', data, out }
    throw new HtxError(
      'HTX_OPTION_INVALID',
      'give --data tasks.json and --out predictions.json, or --label-studio-project 12',
    )
  }
  if (data !== undefined || out !== undefined) {
    throw new HtxError('HTX_OPTION_INVALID', 'give --data and --out, or --label-studio-project, not both')
  }
  if (url === undefined || token === undefined) {
    throw new HtxError('HTX_OPTION_INVALID', '--label-studio-project needs LABEL_STUDIO_URL and LABEL_STUDIO_API_KEY')
  }
  const onRetry = ({ reason }: { readonly reason: string }) => report.say(`${reason}; asking again`)
  return { kind: 'project', id, client: openLabelStudio({ url, token, signal, onRetry }) }
}

/** That of the project; what is named wins, for a model that fits another one better. */
async function labelConfigFor(target: Target, flags: PredictFlags, model: string): Promise<string> {
  if (flags.labelConfig !== undefined) return readLabelConfig(flags.labelConfig)
  if (target.kind === 'project') return (await target.client.project(target.id)).labelConfig
  const beside = await labelConfigBeside(model)
  if (beside !== undefined) return beside
  throw new HtxError(
    'HTX_OPTION_INVALID',
    'which label config do the predictions fill? There is no label-config.xml beside the model; give --label-config',
  )
}

async function countOf(tasks: AsyncIterable<unknown>): Promise<number> {
  let total = 0
  for await (const _ of tasks) total += 1
  return total
}

function digest(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 16)
}

/** The first Ctrl-C keeps what is done and ends, the second ends at once. @returns stops listening */
function stopOnSignals(stop: AbortController, report: PredictReport): () => void {
  const onSignal = (signal: string) => {
    if (stop.signal.aborted) process.exit(130)
    report.say('stopping; the same again ends at once')
    stop.abort(new HtxError('HTX_PREDICT_STOPPED', `stopped by ${signal}; the same command goes on where it was`))
  }
  const signals = ['SIGINT', 'SIGTERM'] as const
  for (const signal of signals) process.on(signal, onSignal)
  return () => {
    for (const signal of signals) process.off(signal, onSignal)
  }
}
