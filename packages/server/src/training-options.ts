import { Type } from '@htx/core'
import type { Static, TObject } from 'typebox'

/*
 * Options of trainings: meaning, unit, default.
 */

const Positive = (description: string) => Type.Integer({ minimum: 1, description })

/** Timers of the runtimes take no more. */
const longestTimerMs = 2 ** 31 - 1

export const trainingProperties = {
  stateFile: Type.Optional(
    Type.String({
      minLength: 1,
      description:
        'SQLite file of project settings, annotations and jobs. Default: htx.sqlite in the models directory.',
    }),
  ),
  minAnnotations: Type.Optional(Positive('Fewest annotations that a training begins with. Default: 1.')),
  trainEvery: Type.Optional(
    Type.Integer({
      minimum: 0,
      description: 'Train by itself when so many annotations came, changed or went; 0: only when asked. Default: 0.',
    }),
  ),
  trainDebounceMs: Type.Optional(
    Type.Integer({
      minimum: 0,
      maximum: longestTimerMs / 10,
      description: 'Such a training waits until nothing has changed for so long, milliseconds. Default: 10,000.',
    }),
  ),
  trainJobs: Type.Optional(Positive('Trainings at a time, over all projects; one a project at most. Default: 1.')),
  trainTimeoutMs: Type.Optional(
    Type.Integer({
      minimum: 1,
      maximum: longestTimerMs,
      description: 'Longest training, milliseconds. Default: 24 hours.',
    }),
  ),
  trainMemoryMb: Type.Optional(Positive('Memory of a training, MiB; more ends it. Default: what the machine has.')),
  trainDiskMb: Type.Optional(Positive('Files that a training may hold, MiB; more ends it. Default: 10,240.')),
  trainEnv: Type.Optional(
    Type.Array(Type.String({ pattern: '^[A-Za-z_][A-Za-z0-9_]*\\*?$' }), {
      description:
        'Environment variables that a training gets beside PATH, HOME and the like; AWS_* for all of that beginning. Default: none.',
    }),
  ),
  trainSandbox: Type.Optional(
    Type.Boolean({
      description: 'On Node ≥ 22: let a training write nowhere but in its own directories. Default: true.',
    }),
  ),
  cancelGraceMs: Type.Optional(
    Positive('How long a cancelled training may take to end by itself, milliseconds. Default: 10,000.'),
  ),
  includeSkipped: Type.Optional(
    Type.Boolean({ description: 'Train on tasks that people skipped, too. Default: false.' }),
  ),
  keepVersions: Type.Optional(
    Positive('Versions of a project that are kept; one that serves stays, however old. Default: 10.'),
  ),
  gate: Type.Optional(
    Type.Object(
      { metric: Type.String({ minLength: 1 }), better: Type.Union([Type.Literal('higher'), Type.Literal('lower')]) },
      {
        description:
          'A new version goes live by itself only when this metric is not worse than that of the version before. Default: none.',
      },
    ),
  ),
}

type Given = Static<TObject<typeof trainingProperties>>

/** The same, complete but for `stateFile`, which depends on the models directory. */
export type TrainingOptions = Required<Omit<Given, 'stateFile' | 'trainMemoryMb' | 'gate'>> & {
  readonly trainMemoryMb: number | undefined
  readonly gate: Given['gate'] | undefined
}

export function completeTrainingOptions(given: Given): TrainingOptions {
  return {
    minAnnotations: given.minAnnotations ?? 1,
    trainEvery: given.trainEvery ?? 0,
    trainDebounceMs: given.trainDebounceMs ?? 10_000,
    trainJobs: given.trainJobs ?? 1,
    trainTimeoutMs: given.trainTimeoutMs ?? 24 * 60 * 60 * 1000,
    trainMemoryMb: given.trainMemoryMb,
    trainDiskMb: given.trainDiskMb ?? 10_240,
    trainEnv: given.trainEnv ?? [],
    trainSandbox: given.trainSandbox ?? true,
    cancelGraceMs: given.cancelGraceMs ?? 10_000,
    includeSkipped: given.includeSkipped ?? false,
    keepVersions: given.keepVersions ?? 10,
    gate: given.gate,
  }
}
