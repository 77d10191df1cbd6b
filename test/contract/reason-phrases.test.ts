import assert from 'node:assert/strict'
import { request } from 'node:http'
import { after, before, describe, it } from 'node:test'
import { startServer, type TestServer } from '../support/model-server.ts'

/** A label config that fits no model of these tests, with a name outside of ASCII. */
const unfitConfig =
  '<View><Image name="größe" value="$i"/><RectangleLabels name="box" toName="größe"><Label value="Katze"/></RectangleLabels></View>'
const unfit = { schema: unfitConfig, config: unfitConfig, label_config: unfitConfig }

interface Answer {
  readonly status: number
  /** As on the wire, byte by byte. */
  readonly reason: string
  readonly body: string
}

interface OpenApi {
  readonly paths: Record<string, Record<string, unknown>>
}

describe('the reason phrase, all that Label Studio shows of an error', () => {
  let open: TestServer
  let closed: TestServer
  let routes: { method: string; path: string }[]
  before(async () => {
    open = await startServer('scripted.ts', { workers: 1, bodyLimitBytes: 10_000 })
    closed = await startServer('scripted.ts', { workers: 1, basicAuth: { user: 'ann', password: 'secret' } })
    const { paths } = (await (await fetch(`${open.url}/openapi.json`)).json()) as OpenApi
    routes = [
      { method: 'GET', path: '/openapi.json' },
      ...Object.entries(paths).flatMap(([path, methods]) =>
        Object.keys(methods).map(method => ({
          method: method.toUpperCase(),
          path: path.replaceAll(/\{\w+\}/g, 'none'),
        })),
      ),
    ]
  })
  after(() => Promise.all([open?.close(), closed?.close()]))

  it('asks for credentials on every route', async () => {
    assert.ok(routes.length > 20)
    for (const { method, path } of routes) {
      const answer = await ask(closed, method, path)
      assert.equal(answer.status, 401, path)
      assertSpeaks(answer, path)
    }
  })

  it('says on every route that takes one that the body is no JSON', async () => {
    for (const { path } of routes.filter(({ method }) => method === 'POST')) {
      const answer = await ask(open, 'POST', path, '{"broken')
      assert.equal(answer.status, 400, path)
      assertSpeaks(answer, path)
    }
  })

  it('says what is wrong with a body, wherever it is not taken', async () => {
    const bodies = ['[]', '{}', JSON.stringify({ project: '12.1', tasks: [{}], job: 'none', ...unfit })]
    for (const { path } of routes.filter(({ method }) => method === 'POST')) {
      for (const body of bodies) {
        const answer = await ask(open, 'POST', path, body)
        if (answer.status >= 400) assertSpeaks(answer, `${path} ${body}`)
      }
    }
  })

  it('says on every route that takes one that the body is too large', async () => {
    for (const { path } of routes.filter(({ method }) => method === 'POST')) {
      const answer = await ask(open, 'POST', path, JSON.stringify({ x: 'x'.repeat(20_000) }))
      assert.equal(answer.status, 413, path)
      assertSpeaks(answer, path)
    }
  })

  it('names the tags that the model wants and those that the config has', async () => {
    const answer = await ask(open, 'POST', '/setup', JSON.stringify({ project: '12.1', schema: unfitConfig }))
    assert.equal(answer.status, 422)
    assert.match(answer.reason, /wants Choices over Text; this config has RectangleLabels over Image/)
  })

  it('is set for paths that are no route, or no path', async () => {
    for (const path of ['/nothing-here', '/api/jobs/%E0%A4%A', `/api/jobs/${'x'.repeat(500)}`]) {
      const answer = await ask(open, 'GET', path)
      assert.ok(answer.status >= 400, path)
      assertSpeaks(answer, path)
    }
  })
})

/** One line of printable ASCII, which says what the body says. */
function assertSpeaks({ status, reason, body }: Answer, what: string): void {
  assert.match(reason, /^[\x20-\x7e]{10,200}$/, `${what}: ${status} ${reason}`)
  const { message } = JSON.parse(body) as { message: string }
  assert.equal(reason.slice(0, 10), message.slice(0, 10), what)
}

/** With `node:http`: fetch does not hand out the bytes of the status line. */
function ask({ url }: TestServer, method: string, path: string, body?: string): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const headers = body === undefined ? {} : { 'content-type': 'application/json' }
    const asked = request(`${url}${path}`, { method, headers }, response => {
      const chunks: Buffer[] = []
      response.on('data', (chunk: Buffer) => chunks.push(chunk))
      response.on('end', () =>
        resolve({
          status: response.statusCode ?? 0,
          reason: response.statusMessage ?? '',
          body: Buffer.concat(chunks).toString(),
        }),
      )
      response.on('error', reject)
    })
    asked.on('error', reject)
    asked.end(body)
  })
}
