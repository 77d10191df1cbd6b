export type { ModelServerOptions, ServerSettings } from './options.ts'
export { openPool, type OpenPoolOptions, type ModelPool } from './open-pool.ts'
export { initModelServer, type ListenOptions, type ModelServer } from './server.ts'
