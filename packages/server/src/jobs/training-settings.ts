import type { TaskDataOptions } from '@htx/core'

/** How trainings run: part of the server's settings, and of `htx-train`. */
export interface TrainingSettings {
  readonly model: URL
  /** Module that exports `train`; the model's own when undefined. */
  readonly train: URL | undefined
  readonly options: Readonly<Record<string, unknown>>
  readonly labelStudio: { readonly url: string; readonly apiKey?: string } | undefined
  /** How files behind task data are brought here. */
  readonly taskData: TaskDataOptions
  readonly minAnnotations: number
  readonly includeSkipped: boolean
  readonly trainTimeoutMs: number
  readonly trainMemoryMb: number | undefined
  readonly trainDiskMb: number
  readonly trainEnv: readonly string[]
  readonly trainSandbox: boolean
  readonly cancelGraceMs: number
  readonly gate: MetricGate | undefined
}

/** A version only goes live by itself when this metric is not worse than that of the version before. */
export interface MetricGate {
  readonly metric: string
  readonly better: 'higher' | 'lower'
}
