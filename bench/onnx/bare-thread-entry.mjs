/* A thread of Node reads TypeScript only when it is told to in the thread itself; Bun does anyway. */
if (process.versions.bun === undefined) (await import('tsx/esm/api')).register()
await import('./bare-thread.ts')
