import { type HtxErrorData, type LabelStudioAddress, type LegacySchema, type Metrics, Type } from '@htx/core'
import type { Static } from 'typebox'

/*
 * All that the server and a training process share: a job as a file, messages while it runs, its result as a file.
 */

/** `job.json` in the directory of a job: what is to be done. */
export interface TrainOrder {
  readonly job: string
  readonly project: string
  /** `file:` URL of the model module: it says which tags are read and filled. */
  readonly model: string
  /** `file:` URL of the module that exports `train`. */
  readonly train: string
  readonly options: Readonly<Record<string, unknown>>
  readonly params: Readonly<Record<string, unknown>>
  readonly labelConfig: string | LegacySchema
  /** One `StoredItem` as JSON a line. */
  readonly itemsFile: string
  readonly itemCount: number
  readonly workingDir: string
  readonly resultFile: string
  /** Resources of the version before. */
  readonly previous: Readonly<Record<string, unknown>> | null
  /** `TaskDataOptions` of @htx/core. */
  readonly taskData: Readonly<Record<string, unknown>>
  /** The Label Studio of the project, as it last said. */
  readonly caller: LabelStudioAddress | null
}

/** What a training process leaves in `resultFile`. */
export type TrainResult =
  | {
      readonly resources: Readonly<Record<string, unknown>>
      readonly metrics?: Metrics
      /** Items that were given to the train function. */
      readonly itemCount: number
      /** Items that do not fit the binding, by reason. */
      readonly skipped: Readonly<Record<string, number>>
    }
  | { readonly error: HtxErrorData }

/** Descriptor to which a training process writes its messages, one as JSON a line. */
export const messagesFd = 3

/** What a training process says while it runs. Code of the user can send anything; what is no such message is dropped. */
export const TrainMessageSchema = Type.Union([
  Type.Object({
    progress: Type.Number({ minimum: 0, maximum: 1 }),
    message: Type.Optional(Type.String({ maxLength: 10_000 })),
    metrics: Type.Optional(Type.Record(Type.String(), Type.Number())),
  }),
  Type.Object({ log: Type.String({ maxLength: 10 }), message: Type.String({ maxLength: 100_000 }) }),
])
export type TrainMessage = Static<typeof TrainMessageSchema>
