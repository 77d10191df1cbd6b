import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { initModelServer, type ModelServer, type ModelServerOptions } from '@htx/server'

/** A real server on a free port of this machine, with a models directory of its own. */
export interface TestServer {
  readonly url: string
  readonly modelsDir: string
  readonly server: ModelServer
  post(path: string, body: unknown, headers?: Record<string, string>): Promise<Response>
  predict(
    texts: readonly string[],
    options?: { project?: string; params?: object; headers?: Record<string, string> },
  ): Promise<Response>
  close(): Promise<void>
}

export const labelConfig =
  '<View><Text name="text" value="$text"/><Choices name="sentiment" toName="text"><Choice value="Positive"/><Choice value="Negative"/></Choices></View>'

/** @param model file in test/models */
export async function startServer(model: string, options: Partial<ModelServerOptions> = {}): Promise<TestServer> {
  const modelsDir = options.modelsDir ?? (await mkdtemp(join(tmpdir(), 'htx-models-')))
  const removeOwn = async () => {
    if (options.modelsDir === undefined) await rm(modelsDir, { recursive: true, force: true })
  }
  const server = await initModelServer({
    model: new URL(`../models/${model}`, import.meta.url),
    workers: 2,
    logLevel: 'silent',
    ...options,
    modelsDir,
  }).catch(async error => {
    await removeOwn()
    throw error
  })
  const url = await server.listen({ port: 0, host: '127.0.0.1' })
  const post = (path: string, body: unknown, headers: Record<string, string> = {}) =>
    fetch(url + path, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: typeof body === 'string' ? body : JSON.stringify(body),
    })
  return {
    url,
    modelsDir,
    server,
    post,
    predict: (texts, { project = '12.1700000000', params = { context: null }, headers } = {}) =>
      post(
        '/predict',
        { tasks: texts.map((text, id) => ({ id, data: { text } })), project, label_config: labelConfig, params },
        headers,
      ),
    async close() {
      await server.close()
      await removeOwn()
    },
  }
}

export interface Results {
  readonly results: readonly unknown[]
  readonly model_version: string | null
}

/** The results of an answer that must be 200. */
export async function resultsOf(response: Response): Promise<Results> {
  const text = await response.text()
  if (response.status !== 200) throw new Error(`${response.status} ${response.statusText}: ${text}`)
  return JSON.parse(text)
}

/** Asks again until the answer is as wanted: for what a server does by itself, in its own time. */
export async function eventually<T>(
  ask: () => Promise<T>,
  isRight: (answer: T) => boolean,
  withinMs = 20_000,
): Promise<T> {
  const end = Date.now() + withinMs
  for (;;) {
    const answer = await ask()
    if (isRight(answer)) return answer
    if (Date.now() > end) throw new Error(`not within ${withinMs} ms; the last answer was ${JSON.stringify(answer)}`)
    await new Promise(resolve => setImmediate(resolve))
  }
}
