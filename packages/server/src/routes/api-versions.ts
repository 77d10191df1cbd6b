import type { Route } from './context.ts'

/** `GET /api/versions`: every version that was seen, with its state and, when it failed, the reason. */
export const apiVersionsRoute: Route = (app, { versions, facts }) => {
  app.get('/api/models', { schema: { summary: 'The model that is served' } }, async () => ({
    models: [
      {
        name: facts.className,
        inputTypes: facts.inputTypes ?? null,
        outputTypes: facts.outputTypes,
        requiresTraining: facts.requiresTraining,
      },
    ],
  }))
  app.get('/api/versions', { schema: { summary: 'Model versions and their states' } }, async () => ({
    versions: versions.list(),
  }))
}
