import assert from 'node:assert/strict'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { after, before, beforeEach, describe, it } from 'node:test'
import { isHtxError } from '@htx/core'
import { openLabelStudio } from '../../src/label-studio/client.ts'

const legacy = '0123456789abcdef0123456789abcdef01234567'

function jwt(claims: object): string {
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url')
  return `${part({ alg: 'HS256' })}.${part(claims)}.c2lnbmF0dXJl`
}

const personal = jwt({ token_type: 'refresh', exp: 4_000_000_000 })

/** Answers as Label Studio's API is documented to; `broken` answers come first, one a request. */
class LabelStudioApi {
  readonly seen: { method: string; url: string; authorization: string | undefined }[] = []
  readonly broken: ((response: ServerResponse) => unknown)[] = []
  tasks: { id: number }[] = []
  /** Answers by path. */
  lists: Record<string, unknown> = {}
  exchanges = 0
  pageLimit = 100
  access = ''

  answer(request: IncomingMessage, response: ServerResponse): unknown {
    const { method = '', url = '', headers } = request
    this.seen.push({ method, url, authorization: headers.authorization })
    const broken = this.broken.shift()
    if (broken !== undefined) {
      return broken(response)
    }
    const { pathname, searchParams } = new URL(url, 'http://here')
    if (pathname === '/ls/api/token/refresh/') {
      this.exchanges += 1
      this.access = jwt({ token_type: 'access', exp: Date.now() / 1000 + 300, n: this.exchanges })
      return send(response, 200, { access: this.access })
    }
    if (![`Token ${legacy}`, `Bearer ${this.access}`].includes(headers.authorization ?? '')) {
      return send(response, 401, { detail: 'Invalid token.' })
    }
    if (pathname === '/ls/api/projects/12/') return send(response, 200, { id: 12, label_config: '<View/>' })
    if (pathname === '/ls/api/tasks/') {
      const size = Math.min(Number(searchParams.get('page_size')), this.pageLimit)
      const start = (Number(searchParams.get('page')) - 1) * size
      if (start > 0 && start >= this.tasks.length) return send(response, 404, { detail: 'Invalid page.' })
      return send(response, 200, { tasks: this.tasks.slice(start, start + size), total: this.tasks.length })
    }
    if (pathname === '/ls/api/projects/12/import/predictions') return send(response, 201, { created: 1 })
    const listed = this.lists[pathname.replace('/ls/api/', '')]
    if (listed !== undefined) return send(response, 200, listed)
    return send(response, 404, { detail: 'Not found.' })
  }
}

function send(response: ServerResponse, status: number, body: unknown, headers: Record<string, string> = {}): unknown {
  return response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(body))
}

describe('the client of Label Studio', () => {
  let server: Server
  let url: string
  let api: LabelStudioApi
  before(async () => {
    server = createServer((request, response) => api.answer(request, response))
    await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
    // Under a path, as behind a proxy.
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/ls/`
  })
  after(() => new Promise(resolve => server.close(resolve)))
  beforeEach(() => {
    api = new LabelStudioApi()
    api.tasks = Array.from({ length: 5 }, (_, id) => ({ id, data: {}, annotations: [] }))
  })

  async function pages(client = openLabelStudio({ url, token: legacy }), options = { pageSize: 2 }) {
    const found: number[][] = []
    for await (const { tasks } of client.annotatedTasks('12', options))
      found.push(tasks.map(task => (task as { id: number }).id))
    return found
  }

  it('lists the tasks of all pages, and asks for annotated ones only', async () => {
    assert.deepEqual(await pages(), [[0, 1], [2, 3], [4]])
    const query = JSON.parse(new URL(api.seen[0]?.url ?? '', url).searchParams.get('query') ?? '')
    assert.equal(query.filters.items[0].filter, 'filter:tasks:total_annotations')
  })

  it('ends where a page beyond the last is 404', async () => {
    api.tasks = api.tasks.slice(0, 4)
    assert.deepEqual(await pages(), [
      [0, 1],
      [2, 3],
    ])
  })

  it('asks for what is missing when pages are shorter than asked for', async () => {
    api.pageLimit = 2
    assert.deepEqual(await pages(undefined, { pageSize: 3 }), [[0, 1], [2, 3], [4]])
  })

  it('goes on where a listing was', async () => {
    assert.deepEqual(await pages(undefined, { pageSize: 2, fromPage: 3 } as never), [[4]])
  })

  it('takes the export where the list of tasks is not known', async () => {
    api.answer = (request, response) => {
      if (request.url?.startsWith('/ls/api/projects/12/export?exportType=JSON')) send(response, 200, [{ id: 7 }])
      else send(response, 404, {})
    }
    assert.deepEqual(await pages(), [[7]])
  })

  it('exchanges a personal access token, once for many requests', async () => {
    const client = openLabelStudio({ url, token: personal })
    const [project] = await Promise.all([client.project('12'), client.project('12'), pages(client)])
    assert.equal(project.labelConfig, '<View/>')
    assert.equal(api.exchanges, 1)
  })

  it('exchanges it again when the access token is refused', async () => {
    const client = openLabelStudio({ url, token: personal })
    await client.project('12')
    api.access = 'another'
    await client.project('12')
    assert.equal(api.exchanges, 2)
  })

  it('tries again after 429, 503 and a broken connection', async () => {
    api.broken.push(
      response => send(response, 429, {}, { 'retry-after': '0' }),
      response => send(response, 503, {}, { 'retry-after': '0' }),
      response => void response.destroy(),
    )
    const reasons: string[] = []
    const client = openLabelStudio({ url, token: legacy, onRetry: ({ reason }) => reasons.push(reason) })
    await client.project('12')
    // Bun tries a broken connection again by itself.
    assert.ok(reasons.length >= 2)
    assert.equal(api.seen.length, 4)
    assert.match(reasons[0] ?? '', /429/)
  })

  it('says what to do about a token that is refused, and does not show it', async () => {
    const client = openLabelStudio({ url, token: 'ffffffffffffffffffffffffffffffffffffffff' })
    await assert.rejects(client.project('12'), (error: Error) => {
      assert.ok(isHtxError(error, 'HTX_LABEL_STUDIO_REFUSED'))
      assert.match(error.message, /LABEL_STUDIO_API_KEY/)
      assert.doesNotMatch(error.message, /ffff/)
      return true
    })
    assert.equal(api.seen.length, 1)
  })

  it('says that a project is not there', async () => {
    await assert.rejects(openLabelStudio({ url, token: legacy }).project('99'), /no such project/)
  })

  it('tells what is said about a project, its backends and its webhooks', async () => {
    api.lists = {
      ml: [
        { id: 3, url: 'http://b', title: 'mine', state: 'ER', error_message: 'no', auth_method: 'BASIC_AUTH' },
        { id: 4, url: 'http://c', title: null, state: 'CO', model_version: 'v1', is_interactive: true },
      ],
      'webhooks/': [{ id: 1, url: 'http://b/webhook', is_active: false, headers: { authorization: 'Basic x' } }],
      'projects/12/model-versions/': { v1: 3, null: 0 },
      'jwt/settings': { legacy_api_tokens_enabled: false },
      version: { release: '1.23.2' },
    }
    const client = openLabelStudio({ url, token: legacy })
    const [first, second] = await client.backends('12')
    assert.deepEqual([first?.state, first?.errorMessage, first?.hasBasicAuth], ['error', 'no', true])
    assert.deepEqual([second?.state, second?.modelVersion, second?.isInteractive], ['connected', 'v1', true])
    const [webhook] = await client.webhooks('12')
    assert.deepEqual([webhook?.isActive, webhook?.sendsPayload, webhook?.hasCredentials], [false, true, true])
    assert.deepEqual(
      [...((await client.modelVersions('12')) ?? [])],
      [
        ['v1', 3],
        ['null', 0],
      ],
    )
    assert.equal(await client.acceptsLegacyTokens(), false)
    assert.equal(await client.release(), '1.23.2')
    const { showsPredictions, modelVersion } = await client.project('12')
    assert.deepEqual([showsPredictions, modelVersion], [true, undefined])
  })

  it('does without what an older Label Studio does not tell', async () => {
    const client = openLabelStudio({ url, token: legacy })
    assert.deepEqual(await client.webhooks('12'), [])
    assert.equal(await client.modelVersions('12'), undefined)
    assert.equal(await client.acceptsLegacyTokens(), undefined)
    assert.equal(await client.release(), undefined)
  })

  it('imports predictions once: an answer that is lost does not make two of them', async () => {
    const client = openLabelStudio({ url, token: legacy })
    const predictions = [{ task: 1, result: [], model_version: 'v1' }]
    assert.equal(await client.importPredictions('12', predictions), 1)
    api.seen.length = 0
    api.broken.push(response => send(response, 503, {}, { 'retry-after': '0' }))
    await assert.rejects(client.importPredictions('12', predictions), /503/)
    assert.equal(api.seen.length, 1)
  })

  it('passes on what Label Studio says is wrong', async () => {
    api.broken.push(response =>
      send(response, 400, { detail: 'Validation error', validation_errors: { task: ['gone'] } }),
    )
    const client = openLabelStudio({ url, token: legacy })
    await assert.rejects(client.importPredictions('12', []), /«Validation error: \{"task":\["gone"\]\}»/)
  })

  it('does not take its token to another address', async () => {
    let visited = false
    const other = createServer((_, response) => {
      visited = true
      send(response, 200, { label_config: '<View/>' })
    })
    await new Promise<void>(resolve => other.listen(0, '127.0.0.1', resolve))
    const target = `http://127.0.0.1:${(other.address() as AddressInfo).port}/`
    try {
      api.broken.push(response => send(response, 302, {}, { location: target }))
      await assert.rejects(openLabelStudio({ url, token: legacy }).project('12'), (error: Error) => {
        assert.ok(isHtxError(error, 'HTX_LABEL_STUDIO_REFUSED'), error.message)
        return error.message.includes(target)
      })
      assert.equal(visited, false)
    } finally {
      await new Promise(resolve => other.close(resolve))
    }
  })

  it('says what came where an answer is not that of Label Studio', async () => {
    api.broken.push(response => void response.writeHead(200, { 'content-type': 'text/html' }).end('<html>'))
    await assert.rejects(openLabelStudio({ url, token: legacy }).project('12'), error =>
      isHtxError(error, 'HTX_LABEL_STUDIO_UNREACHABLE'),
    )
  })

  it('gives up at once when it is told to', async () => {
    api.broken.push(() => {})
    const controller = new AbortController()
    const asked = openLabelStudio({ url, token: legacy, signal: controller.signal }).project('12')
    while (api.seen.length === 0) await new Promise(resolve => setImmediate(resolve))
    controller.abort(new Error('enough'))
    await assert.rejects(asked, /enough/)
    server.closeAllConnections()
  })
})
