import { type Static, type TSchema, Type } from './type.ts'

/*
 * Bodies of the requests of Label Studio, all generations. Open to unknown fields: newer Label Studios add some.
 * Source: label_studio/ml/api_connector.py 0.5–1.23, htx/htx.py of pyheartex 0.0.8.
 */

const Nullable = <T extends TSchema>(schema: T) => Type.Union([schema, Type.Null()])

/** A task as Label Studio sends it. */
export const TaskSchema = Type.Object({
  id: Type.Optional(Nullable(Type.Union([Type.Number(), Type.String()]))),
  data: Type.Record(Type.String(), Type.Unknown()),
  meta: Type.Optional(Type.Unknown()),
  annotations: Type.Optional(Type.Unknown()),
  drafts: Type.Optional(Type.Unknown()),
  predictions: Type.Optional(Type.Unknown()),
})
export type Task = Static<typeof TaskSchema>

/** The binding that Label Studio 0.4–0.6 sends where later ones send the label config; it got it from `/validate`. */
export const LegacySchemaSchema = Type.Object({
  output_names: Type.Array(Type.String()),
  input_names: Type.Array(Type.String()),
  input_values: Type.Array(Type.String()),
  input_types: Type.Optional(Type.Array(Type.String())),
})
export type LegacySchema = Static<typeof LegacySchemaSchema>

/** `POST /predict` without its tasks. */
export const PredictEnvelopeSchema = Type.Object({
  project: Type.Optional(Nullable(Type.Union([Type.String(), Type.Number()]))),
  label_config: Type.Optional(Nullable(Type.String())),
  schema: Type.Optional(Nullable(Type.Union([LegacySchemaSchema, Type.String()]))),
  params: Type.Optional(Nullable(Type.Record(Type.String(), Type.Unknown()))),
})
export type PredictEnvelope = Static<typeof PredictEnvelopeSchema>

/** `POST /predict`. */
export const PredictRequestSchema = Type.Object({
  ...PredictEnvelopeSchema.properties,
  tasks: Type.Array(TaskSchema),
})
export type PredictRequest = Static<typeof PredictRequestSchema>

/** `POST /setup`. */
export const SetupRequestSchema = Type.Object({
  project: Type.Optional(Nullable(Type.Union([Type.String(), Type.Number()]))),
  schema: Type.Optional(Nullable(Type.Union([Type.String(), LegacySchemaSchema]))),
  hostname: Type.Optional(Nullable(Type.String())),
  access_token: Type.Optional(Nullable(Type.String())),
  extra_params: Type.Optional(Type.Unknown()),
})
export type SetupRequest = Static<typeof SetupRequestSchema>

/** `POST /validate`. */
export const ValidateRequestSchema = Type.Object({ config: Type.String() })
export type ValidateRequest = Static<typeof ValidateRequestSchema>

/** `POST /versions`, of the Label Studios that do not GET it. */
export const VersionsRequestSchema = Type.Object({
  project: Type.Optional(Nullable(Type.Union([Type.String(), Type.Number()]))),
})
export type VersionsRequest = Static<typeof VersionsRequestSchema>

const ProjectId = Type.Optional(Nullable(Type.Union([Type.String(), Type.Number()])))

/** `POST /train`: `annotations` since Label Studio 1.0, `completions` in 0.6–0.9, `tasks` before. */
export const TrainRequestSchema = Type.Object({
  project: ProjectId,
  annotations: Type.Optional(Type.Unknown()),
  completions: Type.Optional(Type.Unknown()),
  tasks: Type.Optional(Type.Unknown()),
  label_config: Type.Optional(Nullable(Type.String())),
  schema: Type.Optional(Nullable(Type.Union([LegacySchemaSchema, Type.String()]))),
  params: Type.Optional(Nullable(Type.Record(Type.String(), Type.Unknown()))),
})
export type TrainRequest = Static<typeof TrainRequestSchema>

/** `POST /update`: a task and its result at the top level. */
export const UpdateRequestSchema = Type.Object({
  project: ProjectId,
  schema: Type.Optional(Nullable(Type.Union([LegacySchemaSchema, Type.String()]))),
  retrain: Type.Optional(Type.Unknown()),
  params: Type.Optional(Nullable(Type.Record(Type.String(), Type.Unknown()))),
})
export type UpdateRequest = Static<typeof UpdateRequestSchema>

/** `POST /job_status`. Label Studio 0.5 may ask for the job `null`. */
export const JobStatusRequestSchema = Type.Object({ job: Type.Optional(Type.Unknown()) })
export type JobStatusRequest = Static<typeof JobStatusRequestSchema>

/** `POST /delete`. */
export const DeleteRequestSchema = Type.Object({ project: ProjectId })
export type DeleteRequest = Static<typeof DeleteRequestSchema>

/** `POST /duplicate_model`. */
export const DuplicateRequestSchema = Type.Object({ project_src: ProjectId, project_dst: ProjectId })
export type DuplicateRequest = Static<typeof DuplicateRequestSchema>

/** `POST /api/jobs`, ours. */
export const StartJobRequestSchema = Type.Object({
  project: Type.Union([Type.String(), Type.Number()]),
  /** Fetch the annotations from Label Studio first. Default: train on those that are known. */
  fetch: Type.Optional(Type.Boolean()),
  params: Type.Optional(Type.Record(Type.String(), Type.Unknown())),
})
export type StartJobRequest = Static<typeof StartJobRequestSchema>
