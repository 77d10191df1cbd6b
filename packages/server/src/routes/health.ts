import type { Route } from './context.ts'

/** `GET /health` and `GET /`: Label Studio asks before everything and waits one second. */
export const healthRoute: Route = (app, { facts, settings }) => {
  // model_class: label-studio-ml v2; model_dir: read by Label Studio 0.7–0.9.
  const body = { status: 'UP', model_class: facts.className, model_dir: settings.modelsDir }
  for (const url of ['/', '/health']) {
    app.get(url, { schema: { summary: 'Is the backend up?' } }, async () => body)
  }
}
