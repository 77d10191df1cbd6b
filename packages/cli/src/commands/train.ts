import { defaultProject, HtxError, parseLabelConfig, readExport } from '@htx/core'
import { type TrainModelOptions, trainModel } from '@htx/server'
import { Command } from 'commander'
import { findModel } from './find-model.ts'
import { defined, flag, sharedFlags, version } from './flags.ts'
import { labelConfigBeside, openInput, readLabelConfig } from './open-input.ts'
import { readModelOptions } from './read-settings.ts'
import { addTaskDataFlags, type TaskDataFlags, taskDataOptions } from './task-data-flags.ts'
import { openReport } from './train-report.ts'
import { addTrainingFlags, type TrainingFlags, trainingOptions } from './training-flags.ts'

interface TrainFlags extends TrainingFlags, TaskDataFlags {
  readonly model?: string
  readonly train?: string
  readonly data?: string
  readonly labelStudioProject?: string
  readonly labelConfig?: string
  readonly project?: string
  readonly modelsDir?: string
  readonly config?: string
  readonly set: string[]
  readonly json?: boolean
}

/** `htx-train`: trains a model and publishes a version. */
export function trainCommand(): Command {
  const command = new Command('htx-train')
    .description(
      'Trains a model in a process of its own and publishes a version. A server on the same directory goes live with it.',
    )
    .version(version)
    .argument('[model]', 'module that exports the model, and train (default: model.{ts,mts,js,mjs} here)')
    .addOption(flag('--model <module>', 'the same, as a flag', 'HTX_MODEL'))
    .addOption(flag('--train <module>', 'module that exports train, when it is a separate file', 'HTX_TRAIN'))
    .addOption(
      flag('--data <file>', 'what Label Studio exports: JSON, JSON-MIN, CSV; - for standard input', 'HTX_DATA'),
    )
    .addOption(flag('--label-studio-project <id>', 'fetch the annotations of this project', 'HTX_LABEL_STUDIO_PROJECT'))
    .addOption(
      flag(
        '--label-config <file>',
        'its label config (default: label-config.xml beside the model)',
        'HTX_LABEL_CONFIG',
      ),
    )
    .addOption(
      flag(
        '--project <name>',
        'project that gets the version (default: that of Label Studio, else all)',
        'HTX_PROJECT',
      ),
    )
    .addOption(flag('--models-dir <directory>', 'model versions (default: ./models)', 'HTX_MODELS_DIR', 'MODEL_DIR'))
    .addOption(sharedFlags.config())
    .addOption(sharedFlags.set())
    .addOption(flag('--json', 'a JSON object a line instead of words', 'HTX_JSON'))
  addTaskDataFlags(command, { inHelp: true })
  return addTrainingFlags(command, { inHelp: true })
    .allowExcessArguments(false)
    .configureHelp({ helpWidth: 120, optionDescription: option => option.description })
    .showHelpAfterError('(htx-train --help lists the flags)')
    .action((model: string | undefined, flags: TrainFlags) => train(model, flags))
}

async function train(given: string | undefined, flags: TrainFlags): Promise<void> {
  const options = await trainOptions(given, flags)
  const report = openReport({ json: flags.json === true, project: options.project })
  const cancel = new AbortController()
  const kill = new AbortController()
  const stop = endOnSignals(cancel, kill, report.say)
  try {
    report.done(
      await trainModel({
        ...options,
        signal: cancel.signal,
        kill: kill.signal,
        onProgress: report.progress,
        onLine: report.line,
      }),
    )
  } catch (error) {
    report.failed(error)
    throw error
  } finally {
    stop()
  }
}

async function trainOptions(given: string | undefined, flags: TrainFlags): Promise<TrainModelOptions> {
  const { data, labelStudioProject, labelStudioUrl, labelStudioApiKey } = flags
  if (data !== undefined && labelStudioProject !== undefined) {
    throw new HtxError(
      'HTX_OPTION_INVALID',
      'give --data or --label-studio-project, not both: they are two sources of annotations',
    )
  }
  if (labelStudioProject !== undefined && (labelStudioUrl === undefined || labelStudioApiKey === undefined)) {
    throw new HtxError(
      'HTX_OPTION_INVALID',
      '--label-studio-project needs LABEL_STUDIO_URL and LABEL_STUDIO_API_KEY to fetch its annotations',
    )
  }
  const model = await findModel(given ?? flags.model)
  const labelConfig = await findLabelConfig(flags, model)
  return defined({
    model,
    train: flags.train,
    project: flags.project ?? labelStudioProject ?? defaultProject,
    tasks: data === undefined ? undefined : await openData(data, labelConfig),
    fetch: labelStudioProject !== undefined,
    labelConfig,
    by: 'htx-train',
    modelsDir: flags.modelsDir,
    options: await readModelOptions(flags),
    logLevel: 'silent',
    ...taskDataOptions(flags),
    ...trainingOptions(flags),
  }) as TrainModelOptions
}

async function openData(path: string, labelConfig: string | undefined): Promise<AsyncIterable<unknown>> {
  const options = labelConfig === undefined ? {} : { labelConfig: parseLabelConfig(labelConfig) }
  return readExport(await openInput('--data', path), options)
}

/** What was named; beside the model lies that of the examples and of new backends. A project of Label Studio brings its own. */
async function findLabelConfig(flags: TrainFlags, model: string): Promise<string | undefined> {
  if (flags.labelConfig !== undefined) return readLabelConfig(flags.labelConfig)
  return flags.data === undefined ? undefined : labelConfigBeside(model)
}

/** The first Ctrl-C asks the training to end, the second ends it. @returns stops listening */
function endOnSignals(cancel: AbortController, kill: AbortController, say: (words: string) => void): () => void {
  const onSignal = (signal: string) => {
    if (cancel.signal.aborted) {
      kill.abort()
      return
    }
    say('cancelling; the same again ends the training at once')
    cancel.abort(new HtxError('HTX_JOB_CANCELLED', `the training was cancelled by ${signal}; nothing of it was kept`))
  }
  const signals = ['SIGINT', 'SIGTERM'] as const
  for (const signal of signals) process.on(signal, onSignal)
  return () => {
    for (const signal of signals) process.off(signal, onSignal)
  }
}
