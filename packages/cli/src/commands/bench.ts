import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { availableCores, defaultProject, HtxError, initialVersion } from '@htx/core'
import { newestVersion, type OpenPoolOptions } from '@htx/server'
import { Command } from 'commander'
import { type BenchFacts, type BenchProgress, jsonOf, openBenchProgress, wordsOf } from '../bench/report.ts'
import { poolShapes } from '../bench/settings.ts'
import { sweep } from '../bench/sweep.ts'
import { findModel } from './find-model.ts'
import { findModelsDir } from './find-models-dir.ts'
import { counts, defined, flag, milliseconds, seconds, sharedFlags, version } from './flags.ts'
import { labelConfigBeside, readLabelConfig } from './open-input.ts'
import { readJsonFile, readModelOptions } from './read-settings.ts'
import { readTasks } from './read-tasks.ts'
import { stopOnSignals } from './stop-on-signals.ts'
import { addTaskDataFlags, type TaskDataFlags, taskDataOptions } from './task-data-flags.ts'

interface BenchFlags extends TaskDataFlags {
  readonly model?: string
  readonly tasks?: string
  readonly labelConfig?: string
  readonly workers?: number[]
  readonly threads?: number[]
  readonly batch: number[]
  readonly seconds: number
  readonly maxP99: number
  readonly project: string
  readonly modelsDir?: string
  readonly resources?: string
  readonly config?: string
  readonly set: string[]
  readonly loadTimeout?: number
  readonly json?: boolean
}

/** As `htx-predict` has it: what is slow is to be measured, not given up. */
const predictTimeoutMs = 600_000

/** `htx-bench`: which settings to serve a model with. */
export function benchCommand(): Command {
  const command = new Command('htx-bench')
    .description(
      'Measures a model with several numbers of workers, threads and tasks a run, and says what to run it with.',
    )
    .version(version)
    .argument('[model]', 'module that exports the model as default (default: model.{ts,mts,js,mjs} here)')
    .addOption(flag('--model <module>', 'the same, as a flag', 'HTX_MODEL'))
    .addOption(
      flag('--tasks <file>', 'tasks as Label Studio has them (default: tasks.json beside the model)', 'HTX_TASKS'),
    )
    .addOption(
      flag('--label-config <file>', 'label config (default: label-config.xml beside the model)', 'HTX_LABEL_CONFIG'),
    )
    .addOption(
      flag(
        '-w, --workers <numbers>',
        'worker threads to try (default: 1, all cores, half and a quarter)',
        'HTX_BENCH_WORKERS',
      ).argParser(counts),
    )
    .addOption(
      flag(
        '--threads <numbers>',
        'threads a session in the model may use (default: cores / workers)',
        'HTX_BENCH_THREADS',
      ).argParser(counts),
    )
    .addOption(
      flag('-b, --batch <numbers>', 'tasks a run (default: 1,8,32)', 'HTX_BENCH_BATCH')
        .argParser(counts)
        .default([1, 8, 32]),
    )
    .addOption(
      flag('--seconds <number>', 'time for each setting, over five rounds (default: 3)', 'HTX_BENCH_SECONDS')
        .argParser(seconds)
        .default(3_000),
    )
    .addOption(
      flag('--max-p99 <ms>', 'longest p99 under load that is fine (default: 1000)', 'HTX_BENCH_MAX_P99')
        .argParser(milliseconds)
        .default(1_000),
    )
    .addOption(
      flag('--project <name>', 'project whose newest version is measured (default: all)', 'HTX_PROJECT').default(
        defaultProject,
      ),
    )
    .addOption(flag('--models-dir <directory>', 'model versions (default: ./models)', 'HTX_MODELS_DIR', 'MODEL_DIR'))
    .addOption(flag('--resources <file>', 'JSON that load() gets where there is no version', 'HTX_RESOURCES'))
    .addOption(sharedFlags.config())
    .addOption(sharedFlags.set())
    .addOption(sharedFlags.loadTimeout())
    .addOption(flag('--json', 'one JSON object instead of a table', 'HTX_JSON'))
  return addTaskDataFlags(command, { inHelp: false })
    .allowExcessArguments(false)
    .configureHelp({ helpWidth: 120, optionDescription: option => option.description })
    .addHelpText(
      'after',
      '\nNumbers with commas: --workers 1,2,4. Files of tasks are fetched as htx-predict does: its --help.',
    )
    .showHelpAfterError('(htx-bench --help lists the flags)')
    .action((model: string | undefined, flags: BenchFlags) => bench(model, flags))
}

async function bench(given: string | undefined, flags: BenchFlags): Promise<void> {
  const progress = openBenchProgress()
  const stop = new AbortController()
  const stopListening = stopOnSignals(stop, progress.say, stopped)
  const temporary = await mkdtemp(join(tmpdir(), 'htx-bench-'))
  try {
    await run(await findModel(given ?? flags.model), flags, { progress, signal: stop.signal, temporary })
  } finally {
    progress.off()
    stopListening()
    await rm(temporary, { recursive: true, force: true })
  }
}

interface BenchRoom {
  readonly progress: BenchProgress
  readonly signal: AbortSignal
  readonly temporary: string
}

async function run(model: string, flags: BenchFlags, { progress, signal, temporary }: BenchRoom): Promise<void> {
  const labelConfig = await labelConfigFor(model, flags)
  const tasks = await readTasks(model, flags.tasks, labelConfig)
  const stored = await newestVersion(await findModelsDir(flags.modelsDir), flags.project)
  const cores = availableCores()
  const facts: BenchFacts = {
    model,
    version: stored?.version ?? initialVersion,
    tasks: tasks.length,
    cores,
    runtime: process.versions.bun === undefined ? `Node ${process.versions.node}` : `Bun ${process.versions.bun}`,
    secondsPerSetting: flags.seconds / 1000,
    maxP99Ms: flags.maxP99,
  }
  const result = await sweep({
    shapes: poolShapes(flags, cores),
    batches: flags.batch,
    tasks,
    forMs: flags.seconds,
    pool: defined({
      model,
      version: stored,
      options: await readModelOptions(flags),
      resources: flags.resources === undefined ? undefined : await readJsonFile('--resources', flags.resources),
      loadTimeoutMs: flags.loadTimeout,
      predictTimeoutMs,
      ...taskDataOptions(flags),
    }) as OpenPoolOptions,
    labelConfig,
    project: flags.project,
    temporary,
    signal,
    onStep: progress.step,
  })
  progress.off()
  process.stdout.write(flags.json === true ? jsonOf(result, facts, signal.aborted) : wordsOf(result, facts))
  signal.throwIfAborted()
}

async function labelConfigFor(model: string, flags: BenchFlags): Promise<string> {
  if (flags.labelConfig !== undefined) return readLabelConfig(flags.labelConfig)
  const beside = await labelConfigBeside(model)
  if (beside !== undefined) return beside
  throw new HtxError(
    'HTX_OPTION_INVALID',
    'which label config does the model fill? There is no label-config.xml beside it; give --label-config',
  )
}

/** What it had is not lost. */
function stopped(signal: string): HtxError {
  return new HtxError('HTX_CANCELLED', `stopped by ${signal}; the figures are those that it had by then`)
}
