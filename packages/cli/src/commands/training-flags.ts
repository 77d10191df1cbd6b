import type { ModelServerOptions } from '@htx/server'
import { type Command, InvalidArgumentError } from 'commander'
import { collectList, count, flag, seconds } from './flags.ts'

/** What says how a training runs, in every program that runs one. */
export interface TrainingFlags {
  readonly stateFile?: string
  readonly minAnnotations?: number
  readonly includeSkipped?: boolean
  readonly trainTimeout?: number
  readonly trainMemoryMb?: number
  readonly trainDiskMb?: number
  readonly trainEnv?: string[]
  readonly trainSandbox?: boolean
  readonly gate?: NonNullable<ModelServerOptions['gate']>
}

/** @param options `inHelp: false` leaves the limits of a training out of `--help` */
export function addTrainingFlags(command: Command, { inHelp }: { readonly inHelp: boolean }): Command {
  const limits = [
    flag('--include-skipped', 'train on tasks that people skipped, too', 'HTX_INCLUDE_SKIPPED'),
    flag('--train-timeout <seconds>', 'longest training (default: a day)', 'HTX_TRAIN_TIMEOUT').argParser(seconds),
    flag('--train-memory-mb <MiB>', 'most memory of a training', 'HTX_TRAIN_MEMORY_MB').argParser(count),
    flag('--train-disk-mb <MiB>', 'most files of a training (default: 10240)', 'HTX_TRAIN_DISK_MB').argParser(count),
    flag('--train-env <names>', 'environment variables that it gets, such as AWS_*', 'HTX_TRAIN_ENV').argParser(
      collectList,
    ),
    flag('--no-train-sandbox', 'let a training write anywhere (Node ≥ 22)', 'HTX_NO_TRAIN_SANDBOX'),
    flag('--state-file <file>', 'SQLite of annotations and jobs (default: in the models)', 'HTX_STATE_FILE'),
  ]
  command
    .addOption(
      flag('--min-annotations <number>', 'fewest to train on (default: 1)', 'HTX_MIN_ANNOTATIONS').argParser(count),
    )
    .addOption(
      flag('--gate <metric[:lower]>', 'go live only when this metric is not worse than before', 'HTX_GATE').argParser(
        gate,
      ),
    )
  for (const limit of limits) command.addOption(limit.hideHelp(!inHelp))
  return command
}

export function trainingOptions(flags: TrainingFlags): Partial<ModelServerOptions> {
  const { trainTimeout, trainSandbox, ...same } = flags
  const { stateFile, minAnnotations, includeSkipped, trainMemoryMb, trainDiskMb, trainEnv, gate: metric } = same
  return {
    stateFile,
    minAnnotations,
    includeSkipped,
    trainTimeoutMs: trainTimeout,
    trainMemoryMb,
    trainDiskMb,
    trainEnv,
    trainSandbox: trainSandbox === false ? false : undefined,
    gate: metric,
  } as Partial<ModelServerOptions>
}

function gate(text: string): NonNullable<ModelServerOptions['gate']> {
  const [metric = '', better = 'higher', more] = text.split(':')
  if (metric !== '' && more === undefined && (better === 'higher' || better === 'lower')) return { metric, better }
  throw new InvalidArgumentError('expected the name of a metric, such as accuracy, or loss:lower.')
}
