export type { ListenOptions } from './http/listen.ts'
export {
  type ConnectedBackend,
  type LabelStudioClient,
  type LabelStudioProject,
  openLabelStudio,
  type ProjectWebhook,
  type TaskPrediction,
} from './label-studio/client.ts'
export type { LabelStudioSettings } from './label-studio/http.ts'
export type { ListTasksOptions, TaskPage } from './label-studio/list-tasks.ts'
export { newestVersion } from './models/newest-version.ts'
export {
  type ModelPool,
  type OpenPoolOptions,
  openPool,
  type PoolPredictions,
  type PoolPredictOptions,
} from './open-pool.ts'
export type { ModelServerOptions, ServerSettings } from './options.ts'
export { initModelServer, type ModelServer } from './server.ts'
export { type TrainedModel, type TrainModelOptions, trainModel } from './train-model.ts'
