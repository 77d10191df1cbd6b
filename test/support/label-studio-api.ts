import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { labelConfig } from './model-server.ts'

export interface StoredTask {
  readonly id: number
  readonly data: Readonly<Record<string, unknown>>
  readonly annotations?: readonly unknown[]
  readonly predictions: Record<string, unknown>[]
}

/** A server that answers as the API of Label Studio 1.23 does, for one project: 12. What it answers may be changed at any time. */
export interface LabelStudioApi extends AsyncDisposable {
  readonly url: string
  readonly token: string
  tasks: StoredTask[]
  readonly project: Record<string, unknown>
  readonly backends: Record<string, unknown>[]
  readonly webhooks: Record<string, unknown>[]
  /** Requests that came, such as `GET /api/tasks/`. */
  readonly seen: string[]
  /** Pages of tasks that were asked for, in order. */
  readonly pages: number[]
  acceptsLegacyTokens: boolean
  /** Label Studio leaves out of an import what it does not find valid, without a word. */
  isValid: (prediction: { readonly task: number }) => boolean
  /** Called before an import is stored; what it throws breaks the connection. */
  onImport: () => void
  /** Stands between a request, for a page of tasks or something else, and its answer; what it answers itself is not answered again. */
  before: (page: number | undefined, response: ServerResponse) => Promise<void> | void
  close(): Promise<void>
}

export async function startLabelStudioApi(): Promise<LabelStudioApi> {
  const server = createServer((request, response) => {
    answer(api, request, response).catch(() => response.destroy())
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const api: LabelStudioApi = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    token: '0123456789abcdef0123456789abcdef01234567',
    tasks: [],
    project: { id: 12, label_config: labelConfig, model_version: '', show_collab_predictions: true },
    backends: [],
    webhooks: [],
    seen: [],
    pages: [],
    acceptsLegacyTokens: true,
    isValid: () => true,
    onImport() {},
    before() {},
    close,
    [Symbol.asyncDispose]: close,
  }
  return api

  async function close(): Promise<void> {
    server.closeAllConnections()
    await new Promise(resolve => server.close(resolve))
  }
}

async function answer(api: LabelStudioApi, request: IncomingMessage, response: ServerResponse): Promise<unknown> {
  const { pathname, searchParams } = new URL(request.url ?? '', api.url)
  api.seen.push(`${request.method} ${pathname}`)
  const page = searchParams.has('page') ? Number(searchParams.get('page')) : undefined
  if (page !== undefined) api.pages.push(page)
  await api.before(page, response)
  if (response.writableEnded) return
  if (request.headers.authorization !== `Token ${api.token}`) return send(response, 401, { detail: 'Invalid token.' })
  switch (pathname) {
    case '/api/version':
      return send(response, 200, { release: '1.23.2' })
    case '/api/projects/12/':
      return send(response, 200, { ...api.project, task_number: api.tasks.length })
    case '/api/ml':
      return send(response, 200, api.backends)
    case '/api/webhooks/':
      return send(response, 200, api.webhooks)
    case '/api/jwt/settings':
      return send(response, 200, { api_tokens_enabled: true, legacy_api_tokens_enabled: api.acceptsLegacyTokens })
    case '/api/projects/12/model-versions/':
      return send(response, 200, countVersions(api.tasks))
    case '/api/tasks/':
      return listTasks(api, searchParams, response)
    case '/api/projects/12/import/predictions':
      return importPredictions(api, await bodyOf(request), response)
    default:
      if (request.method === 'PATCH') return changeWebhook(api, pathname, await bodyOf(request), response)
      return send(response, 404, { detail: 'Not found.' })
  }
}

function changeWebhook(api: LabelStudioApi, path: string, change: unknown, response: ServerResponse): unknown {
  const webhook = api.webhooks.find(({ id }) => path === `/api/webhooks/${id}/`)
  if (webhook === undefined) return send(response, 404, { detail: 'Not found.' })
  return send(response, 200, Object.assign(webhook, change))
}

function listTasks(api: LabelStudioApi, search: URLSearchParams, response: ServerResponse): unknown {
  const hasFilter = search.get('query')?.includes('total_predictions') === true
  const tasks = hasFilter ? api.tasks.filter(({ predictions }) => predictions.length > 0) : api.tasks
  const size = Number(search.get('page_size'))
  const start = (Number(search.get('page')) - 1) * size
  if (start > 0 && start >= tasks.length) return send(response, 404, { detail: 'Invalid page.' })
  return send(response, 200, { tasks: tasks.slice(start, start + size), total: tasks.length })
}

function importPredictions(api: LabelStudioApi, body: unknown, response: ServerResponse): unknown {
  api.onImport()
  const given = body as (Record<string, unknown> & { task: number })[]
  const valid = given.filter(api.isValid)
  for (const prediction of valid) api.tasks.find(({ id }) => id === prediction.task)?.predictions.push(prediction)
  return send(response, 201, { created: valid.length })
}

function countVersions(tasks: readonly StoredTask[]): Record<string, number> {
  const counts: Record<string, number> = {}
  for (const { model_version: version } of tasks.flatMap(({ predictions }) => predictions)) {
    counts[String(version)] = (counts[String(version)] ?? 0) + 1
  }
  return counts
}

async function bodyOf(request: IncomingMessage): Promise<unknown> {
  let text = ''
  for await (const chunk of request) text += chunk
  return JSON.parse(text)
}

function send(response: ServerResponse, status: number, body: unknown): unknown {
  return response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
}
