export { type ErrorCode, type ErrorKind, errorCodes, errorKinds } from './errors/codes.ts'
export {
  HtxError,
  type HtxErrorData,
  type HtxErrorOptions,
  isHtxError,
  messageOf,
  toHtxError,
} from './errors/htx-error.ts'
export { checkPrediction } from './label-config/check-prediction.ts'
export { findBindings } from './label-config/find-bindings.ts'
export type { Binding, ControlTag, Label, LabelConfig, ObjectTag } from './label-config/label-config.ts'
export { labelMap } from './label-config/label-map.ts'
export { labelConfigFromLegacySchema, legacySchemaKey, legacySchemaOf } from './label-config/legacy-schema.ts'
export { parseLabelConfig } from './label-config/parse-label-config.ts'
export { labelConfigFromParsed } from './label-config/parsed-label-config.ts'
export type { PredictionProblem } from './label-config/prediction-problem.ts'
export type { Manifest } from './manifest/manifest.ts'
export { ModelStore } from './manifest/model-store.ts'
export {
  compareVersionNames,
  defaultProject,
  initialVersion,
  namePattern,
  newVersionName,
} from './manifest/model-version.ts'
export { orderByChoice, type ServingChoice } from './manifest/serving-choice.ts'
export type { StagedVersion } from './manifest/staging.ts'
export type { StoredVersion } from './manifest/stored-version.ts'
export { availableCores } from './model/available-cores.ts'
export { BaseModel, type ModelClass, type TaskPredictions } from './model/base-model.ts'
export { collectGarbage } from './model/collect-garbage.ts'
export type { LoadContext, ModelLog, PredictContext } from './model/contexts.ts'
export { type FetchOptions, type InputFetcher, openInputFetcher } from './model/input-fetcher.ts'
export { loadModelClass, moduleUrl } from './model/load-model-class.ts'
export type { FetchedInput } from './model/model-input.ts'
export type { InteractiveContext, ModelTask } from './model/model-task.ts'
export { type OnnxSessionOptions, onnxSessionOptions } from './model/onnx-session-options.ts'
export { type OpenModel, type OpenModelOptions, openModel, type PredictOptions } from './model/open-model.ts'
export type { PredictTimes } from './model/predict-tasks.ts'
export type { Rejection, RejectionReason, TaskOutcome } from './model/task-outcome.ts'
export { bitmask, bitmaskLabels } from './regions/bitmask.ts'
export { brush, brushLabels } from './regions/brush.ts'
export { choices, taxonomy } from './regions/choices.ts'
export { type EllipseShape, ellipse, ellipseLabels } from './regions/ellipse.ts'
export { type PerRegionOptions, type RegionOptions, regionId } from './regions/finish-region.ts'
export {
  type Box,
  boxFromCorners,
  boxInPixels,
  type Coordinates,
  cornersOf,
  type ImageRegionOptions,
  type ImageSize,
  type Point,
  pointInPixels,
  pointsInPixels,
} from './regions/image-geometry.ts'
export { type KeyPointShape, keyPoint, keyPointLabels } from './regions/key-point.ts'
export { type AudioOptions, type AudioStretch, audioLabels, type LabelsOptions, labels } from './regions/labels.ts'
export { decodeMask, encodeMask, type Mask } from './regions/mask-rle.ts'
export { polygon, polygonLabels } from './regions/polygon.ts'
export { rectangle, rectangleLabels } from './regions/rectangle.ts'
export { type RelationOptions, relation } from './regions/relation.ts'
export { codePointOffset, spanOf, type TextSpan, utf16Offset } from './regions/text-offsets.ts'
export {
  type HyperTextSpan,
  hyperTextLabels,
  type ParagraphSpan,
  paragraphLabels,
  type TimeSeriesSpan,
  timeSeriesLabels,
} from './regions/text-spans.ts'
export { type PixelShape, type PixelVertex, toPixels } from './regions/to-pixels.ts'
export {
  type ChatTurn,
  chatMessage,
  dateTime,
  numberValue,
  pairwise,
  ranker,
  rating,
  textArea,
} from './regions/values.ts'
export { type VectorOptions, vector, vectorLabels } from './regions/vector.ts'
export { type FrameRange, type KeyFrame, timelineLabels, type VideoOptions, videoRectangle } from './regions/video.ts'
export { type LabelStudioAddress, readLabelStudioAddress } from './task-data/label-studio/address.ts'
export { type Credentials, openCredentials } from './task-data/label-studio/credentials.ts'
export { openTaskData, type ResolveOptions, type TaskData } from './task-data/task-data.ts'
export { completeTaskDataOptions, type TaskDataOptions } from './task-data/task-data-options.ts'
export {
  type AnnotatedTask,
  type AnnotationRecord,
  readAnnotatedTask,
  readAnnotation,
  readTask,
  type TaskRecord,
} from './training/annotated-task.ts'
export { checkResources, readMetrics } from './training/check-resources.ts'
export type { DataItem, ItemAnnotation, ItemRegion } from './training/data-item.ts'
export type { ExportedTask } from './training/exported-task.ts'
export { labelsOf, labelsOfItem } from './training/labels-of.ts'
export { exportsTrainFn, loadTrainFn } from './training/load-train-fn.ts'
export { type ReadExportOptions, readExport } from './training/read-export.ts'
export { jsonValues } from './training/read-json.ts'
export { seededRandom } from './training/seeded-random.ts'
export { type ShuffleOptions, shuffle } from './training/shuffle.ts'
export { isValidation, type SplitOptions, splitItems } from './training/split-items.ts'
export { toDataItem } from './training/to-data-item.ts'
export type { Metrics, TrainContext, TrainFn } from './training/train-fn.ts'
export { compileSchema } from './validation/compile-schema.ts'
export { parsePredictEnvelope, parsePredictRequest } from './validation/parse-predict.ts'
export type { Prediction } from './wire/prediction.ts'
export type { Region, Relation, ResultEntry } from './wire/region.ts'
export {
  type DeleteRequest,
  DeleteRequestSchema,
  type DuplicateRequest,
  DuplicateRequestSchema,
  type JobStatusRequest,
  JobStatusRequestSchema,
  type LegacySchema,
  type PredictEnvelope,
  type PredictRequest,
  type SetupRequest,
  SetupRequestSchema,
  type StartJobRequest,
  StartJobRequestSchema,
  type Task,
  type TrainRequest,
  TrainRequestSchema,
  type UpdateRequest,
  UpdateRequestSchema,
  type ValidateRequest,
  ValidateRequestSchema,
  type VersionsRequest,
  VersionsRequestSchema,
} from './wire/requests.ts'
export { Type } from './wire/type.ts'
