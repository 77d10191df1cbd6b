import type { Prediction } from '../wire/prediction.ts'
import type { LoadContext, PredictContext } from './contexts.ts'
import type { ModelTask } from './model-task.ts'

/** What one task may be answered with: one prediction, several, or none. */
export type TaskPredictions = Prediction | readonly Prediction[] | null | undefined

/**
 * A model that Label Studio can ask. Extend it, say which tags it reads and fills, and export the class as default.
 *
 * One instance per worker thread and model version: `load` runs once, `predict` never runs twice at a time.
 *
 * @typeParam Resources what the train function returned, JSON-serialisable
 * @typeParam Input types of `task.input`, one per bound object tag
 */
export abstract class BaseModel<
  Resources extends object = object,
  Input extends readonly unknown[] = readonly unknown[],
> {
  /** Object tags that the model reads, such as `['Text']`. Undefined: any. */
  static readonly inputTypes: readonly string[] | undefined = undefined
  /** Control tags that the model fills, such as `['Choices']`. */
  static readonly outputTypes: readonly string[] = []
  /** `'file'`: `task.input` holds local paths, fetched before `predict`. `'value'`: what the task's data says. */
  static readonly inputs: 'value' | 'file' = 'value'
  /** True for a model that has nothing to say before its first training. */
  static readonly requiresTraining: boolean = false
  /** Marks the class for `isModelClass`, across several copies of this package. */
  static readonly htxBaseModel: true = true

  /**
   * Loads the model into memory: once per worker and version.
   *
   * @param resources what the train function returned, with paths made absolute; `{}` (or `--resources`) for `initial`
   */
  load(_resources: Partial<Resources>, _context: LoadContext): Promise<void> | void {}

  /**
   * Predicts.
   *
   * @returns one answer per task, in their order. Each is checked against the label config; a bad one costs only its own task.
   */
  abstract predict(
    tasks: readonly ModelTask<Input>[],
    context: PredictContext,
  ): Promise<readonly TaskPredictions[]> | readonly TaskPredictions[]

  /** Frees what `load` took, when the version is no longer served. */
  unload(): Promise<void> | void {}
}

/** A class that extends `BaseModel`. */
export interface ModelClass {
  new (): BaseModel<Record<string, unknown>>
  readonly inputTypes: readonly string[] | undefined
  readonly outputTypes: readonly string[]
  readonly inputs: 'value' | 'file'
  readonly requiresTraining: boolean
}

/** True for a class that extends `BaseModel`, of this copy of the package or another. */
export function isModelClass(value: unknown): value is ModelClass {
  return typeof value === 'function' && 'htxBaseModel' in value && value !== BaseModel
}
