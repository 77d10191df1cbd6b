import { ModelStore } from '@htx/core'
import { ask } from './ask.ts'

/** Publishes a version as a training does. @returns its name */
export async function publish(modelsDir: string, project = 'default', resources: object = {}): Promise<string> {
  const store = await ModelStore.open(modelsDir)
  const staged = await store.stage(project)
  const { version } = await store.publish(staged, { resources: resources as Record<string, never> })
  return version
}

/** Asks until a version answers. @returns milliseconds until then @throws Error after 30 s */
export async function untilServing(url: string, version: string, body: string): Promise<number> {
  const startedAt = performance.now()
  for (;;) {
    const { status, text } = await ask(url, '/predict', body)
    const waitedMs = performance.now() - startedAt
    if (status === 200 && (JSON.parse(text) as { model_version: string }).model_version === version) return waitedMs
    if (waitedMs > 30_000) throw new Error(`version ${version} must serve after 30 s; the answer is ${status} ${text}`)
  }
}
