import { createHash } from 'node:crypto'
import { resolve } from 'node:path'
import { availableCores, defaultProject, HtxError, initialVersion } from '@htx/core'
import { newestVersion, type OpenPoolOptions, openPool } from '@htx/server'
import { Command } from 'commander'
import { openPredictReport, type PredictReport } from '../predict/report.ts'
import type { PredictRun } from '../predict/run.ts'
import { findModel } from './find-model.ts'
import { findModelsDir } from './find-models-dir.ts'
import { count, defined, flag, seconds, sharedFlags, version } from './flags.ts'
import { labelConfigBeside, readLabelConfig } from './open-input.ts'
import { predictForTarget } from './predict-for-target.ts'
import { type PredictTarget, type TargetFlags, targetOf } from './predict-target.ts'
import { readJsonFile, readModelOptions } from './read-settings.ts'
import { stopOnSignals } from './stop-on-signals.ts'
import { addTaskDataFlags, type TaskDataFlags, taskDataOptions } from './task-data-flags.ts'

interface PredictFlags extends TaskDataFlags, TargetFlags {
  readonly model?: string
  readonly labelConfig?: string
  readonly project?: string
  readonly modelsDir?: string
  readonly resources?: string
  readonly config?: string
  readonly set: string[]
  readonly workers: number
  readonly threads?: number
  readonly batchTasks: number
  readonly predictTimeout: number
  readonly loadTimeout?: number
  readonly json?: boolean
}

/** `htx-predict`: predictions for many tasks, without a server. */
export function predictCommand(): Command {
  const command = new Command('htx-predict')
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
    .addOption(sharedFlags.config())
    .addOption(sharedFlags.set())
    .addOption(
      flag('-w, --workers <number>', 'worker threads (default: cores)', 'HTX_WORKERS', 'WORKERS')
        .argParser(count)
        .default(availableCores()),
    )
    .addOption(sharedFlags.threads())
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
    .addOption(sharedFlags.loadTimeout())
    .addOption(flag('--json', 'a JSON object a line instead of words', 'HTX_JSON'))
  return addTaskDataFlags(command, { inHelp: true })
    .allowExcessArguments(false)
    .configureHelp({ helpWidth: 120, optionDescription: option => option.description })
    .showHelpAfterError('(htx-predict --help lists the flags)')
    .action((model: string | undefined, flags: PredictFlags) => predict(model, flags))
}

async function predict(given: string | undefined, flags: PredictFlags): Promise<void> {
  const report = openPredictReport({ json: flags.json === true })
  const stop = new AbortController()
  const stopListening = stopOnSignals(stop, report.say, stopped)
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
  const { workers, batchTasks } = flags
  const onRetry = ({ reason }: { readonly reason: string }) => report.say(`${reason}; asking again`)
  const target = await targetOf(flags, onRetry, signal)
  const labelConfig = await labelConfigFor(target, flags, model)
  const project = flags.project ?? (target.kind === 'project' ? target.id : defaultProject)
  const options = await readModelOptions(flags)
  const resources = flags.resources === undefined ? undefined : await readJsonFile('--resources', flags.resources)
  const stored = await newestVersion(await findModelsDir(flags.modelsDir), project)
  await using pool = await openPool(
    defined({
      model,
      options,
      version: stored,
      workers,
      threads: flags.threads,
      batchTasks,
      queueTasks: (workers + 1) * batchTasks,
      predictTimeoutMs: flags.predictTimeout,
      loadTimeoutMs: flags.loadTimeout,
      resources,
      ...taskDataOptions(flags),
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
  const counts = await predictForTarget(target, common, facts, signal)
  report.done(counts, version, target.kind === 'file' ? target.out : `project ${target.id}`)
}

/** That of the project; what is named wins, for a model that fits another one better. */
async function labelConfigFor(target: PredictTarget, flags: PredictFlags, model: string): Promise<string> {
  if (flags.labelConfig !== undefined) return readLabelConfig(flags.labelConfig)
  if (target.kind === 'project') return (await target.client.project(target.id)).labelConfig
  const beside = await labelConfigBeside(model)
  if (beside !== undefined) return beside
  throw new HtxError(
    'HTX_OPTION_INVALID',
    'which label config do the predictions fill? There is no label-config.xml beside the model; give --label-config',
  )
}

function digest(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 16)
}

/** What it had is not lost. */
function stopped(signal: string): HtxError {
  return new HtxError('HTX_PREDICT_STOPPED', `stopped by ${signal}; the same command goes on where it was`)
}
