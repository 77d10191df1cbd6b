export { type ModelPool, type OpenPoolOptions, openPool } from './open-pool.ts'
export type { ModelServerOptions, ServerSettings } from './options.ts'
export { initModelServer, type ListenOptions, type ModelServer } from './server.ts'
export { type TrainedModel, type TrainModelOptions, trainModel } from './train-model.ts'
