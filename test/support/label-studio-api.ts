import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { labelConfig } from './model-server.ts'

/** A server that lists the annotated tasks of project 12 as Label Studio's API does, page by page. */
export interface LabelStudioApi extends AsyncDisposable {
  readonly url: string
  /** Its one valid token. */
  readonly token: string
  tasks: readonly object[]
  /** Pages of tasks that were asked for, in order. */
  readonly pages: number[]
  /** Stands between a request and its answer; what it answers itself is not answered again. */
  before(page: number | undefined, response: ServerResponse): Promise<void> | void
}

export async function openLabelStudioApi(): Promise<LabelStudioApi> {
  const server = createServer((request, response) => void answer(request, response))
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const api: LabelStudioApi = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    token: '0123456789abcdef0123456789abcdef01234567',
    tasks: [],
    pages: [],
    before() {},
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      await new Promise(resolve => server.close(resolve))
    },
  }
  return api

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { pathname, searchParams } = new URL(request.url ?? '', api.url)
    const page = searchParams.has('page') ? Number(searchParams.get('page')) : undefined
    if (page !== undefined) api.pages.push(page)
    await api.before(page, response)
    if (response.writableEnded) return
    if (request.headers.authorization !== `Token ${api.token}`) return send(response, 401, { detail: 'Invalid token.' })
    if (pathname === '/api/projects/12/') return send(response, 200, { id: 12, label_config: labelConfig })
    if (pathname !== '/api/tasks/' || page === undefined) return send(response, 404, { detail: 'Not found.' })
    const size = Number(searchParams.get('page_size'))
    const start = (page - 1) * size
    if (start > 0 && start >= api.tasks.length) return send(response, 404, { detail: 'Invalid page.' })
    send(response, 200, { tasks: api.tasks.slice(start, start + size), total: api.tasks.length })
  }
}

function send(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
}
