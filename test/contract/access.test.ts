import assert from 'node:assert/strict'
import { once } from 'node:events'
import { readFileSync, writeFileSync } from 'node:fs'
import { request } from 'node:https'
import { join } from 'node:path'
import { afterEach, describe, it } from 'node:test'
import { connect } from 'node:tls'
import { fileURLToPath } from 'node:url'
import { startLabelStudioApi } from '../support/label-studio-api.ts'
import { makeCertificate, whyNoCertificates } from '../support/make-certificate.ts'
import { eventually, labelConfig, startServer, type TestServer } from '../support/model-server.ts'
import { withTempDirectory } from '../support/temp-directory.ts'
import { annotatedTask, annotationEvent, untilOver } from '../support/training.ts'

const basicAuth = { user: 'ann', password: 'correct horse' }
const credentials = { authorization: `Basic ${btoa('ann:correct horse')}` }
const apiToken = 'a-token-of-24-characters'
const webhookSecret = 'a-secret-of-events'
const bearer = (token: string) => ({ authorization: `Bearer ${token}` })
const event = annotationEvent('ANNOTATION_CREATED', {
  task: 1,
  annotation: 101,
  text: 'great film',
  choice: 'Positive',
  updatedAt: '2026-03-02T09:00:00Z',
})
const startTraining = { action: 'START_TRAINING', project: { id: 12, label_config: labelConfig } }

let server: TestServer | undefined
afterEach(() => server?.close())

async function serve(options: Parameters<typeof startServer>[1], model = 'trainable.ts'): Promise<TestServer> {
  server = await startServer(model, { workers: 1, ...options })
  return server
}

async function statusOf(path: string, headers: Record<string, string> = {}): Promise<number> {
  return (await fetch(server?.url + path, { headers })).status
}

describe('credentials', () => {
  it('are a user and a password, or the token; all routes ask for one of them', async () => {
    await serve({ basicAuth, apiToken })
    for (const path of ['/health', '/metrics', '/api/versions', '/openapi.json', '/livez', '/nowhere']) {
      assert.equal(await statusOf(path), 401, path)
      assert.equal(await statusOf(path, bearer('a-token-of-23-characters')), 401, path)
    }
    for (const right of [credentials, bearer(apiToken)]) {
      assert.equal(await statusOf('/metrics', right), 200)
      assert.equal(await statusOf('/health', right), 200)
      assert.equal(await statusOf('/nowhere', right), 404)
    }
  })

  it('are asked for before a path is read that cannot be, and it is quoted nowhere', async () => {
    const { url } = await serve({ basicAuth, rateLimit: 40 })
    const ask = async (path: string, headers = {}) => {
      const answer = await fetch(url + path, { headers })
      return { status: answer.status, nosniff: answer.headers.get('x-content-type-options'), text: await answer.text() }
    }
    for (const path of ['/%zz?token=planted', '/%ff', `/api/jobs/${'j'.repeat(5_000)}`]) {
      assert.equal((await ask(path)).status, 401, path.slice(0, 20))
      const { status, nosniff, text } = await ask(path, credentials)
      assert.equal(status, path.startsWith('/%') ? 400 : 404, text)
      assert.equal(nosniff, 'nosniff')
      assert.doesNotMatch(text, /planted|zz/)
    }
    assert.match((await ask('/metrics', credentials)).text, /htx_requests_total\{route="unknown",code="400"\} 2/)
    const statuses = await Promise.all(Array.from({ length: 100 }, () => ask('/%zz').then(({ status }) => status)))
    assert.ok(statuses.includes(429))
  })

  it('may be the token alone, which is then asked for by its name', async () => {
    const { url } = await serve({ apiToken })
    const refused = await fetch(`${url}/api/versions`, { headers: credentials })
    assert.equal(refused.status, 401)
    assert.match(refused.headers.get('www-authenticate') ?? '', /^Bearer/)
    assert.equal(await statusOf('/api/versions', bearer(apiToken)), 200)
  })

  it('are not guessed at: after ten wrong ones an address waits, whatever it shows then', async () => {
    const { url } = await serve({ basicAuth })
    for (let n = 0; n < 10; n += 1) assert.equal(await statusOf('/health', bearer(`guess-${n}`)), 401)
    const refused = await fetch(`${url}/health`, { headers: bearer('guess-10') })
    assert.equal(refused.status, 429)
    assert.ok(Number(refused.headers.get('retry-after')) > 0)
    assert.equal(((await refused.json()) as { code: string }).code, 'HTX_TOO_MANY_REQUESTS')
    assert.equal(await statusOf('/health', credentials), 429)
  })

  it('are counted by the addresses behind a proxy that is believed, and by no other word', async () => {
    const from = (address: string) => ({ ...bearer('a-guess'), 'x-forwarded-for': address })
    await serve({ basicAuth, trustProxy: ['127.0.0.1'] })
    for (let n = 0; n < 11; n += 1) await statusOf('/health', from('203.0.113.1'))
    assert.equal(await statusOf('/health', from('203.0.113.1')), 429)
    assert.equal(await statusOf('/health', from('203.0.113.2')), 401)
    await server?.close()
    await serve({ basicAuth })
    for (let n = 0; n < 11; n += 1) await statusOf('/health', from(`203.0.113.${n}`))
    assert.equal(await statusOf('/health', from('203.0.113.99')), 429)
  })
})

describe('events, which Label Studio sends without credentials', () => {
  it('show a secret of their own; it opens nothing else, and begins no training', async () => {
    const { post } = await serve({ basicAuth, webhookSecret })
    const secret = bearer(webhookSecret)
    assert.equal((await post('/webhook', event)).status, 401)
    assert.equal((await post('/webhook', event, secret)).status, 200)
    assert.equal((await post('/webhook', startTraining, secret)).status, 401)
    const button = { ...startTraining, action: 'PROJECT_UPDATED' }
    const ownClient = { 'user-agent': 'heartex/1.8.2', ...secret }
    assert.equal((await post('/webhook', button, ownClient)).status, 200)
    assert.equal(await statusOf('/api/jobs', secret), 401)
    assert.deepEqual(await (await fetch(`${server?.url}/api/jobs`, { headers: credentials })).json(), { jobs: [] })
    assert.equal((await post('/webhook', startTraining, credentials)).status, 201)
  })

  it('do not count as guesses', async () => {
    const { post } = await serve({ basicAuth })
    for (let n = 0; n < 20; n += 1) assert.equal((await post('/webhook', event)).status, 401)
    assert.equal(await statusOf('/health', credentials), 200)
  })

  it('keep Label Studio from nothing else when their secret is out of date', async () => {
    const { post } = await serve({ basicAuth, webhookSecret })
    for (let n = 0; n < 11; n += 1) await post('/webhook', event, bearer('the-secret-of-last-week'))
    assert.equal((await post('/webhook', event, bearer('the-secret-of-last-week'))).status, 429)
    assert.equal(await statusOf('/health', credentials), 200)
  })

  it('may come from anybody when the operator says so; a training may not', async () => {
    const { post } = await serve({ basicAuth, openWebhook: true })
    assert.equal((await post('/webhook', event)).status, 200)
    assert.equal((await post('/webhook', startTraining)).status, 401)
    assert.equal((await post('/train', { annotations: [], project: '12' })).status, 401)
  })

  it('get their secret through the API of Label Studio', async () => {
    await using api = await startLabelStudioApi()
    const { post, url } = await serve({ basicAuth, labelStudio: { url: api.url, apiKey: api.token } })
    const elsewhere = { id: 8, url: 'http://example.org/webhook', headers: {} }
    const ofOthers = { id: 9, url: `${url}/slack/webhook`, headers: { Authorization: 'theirs' } }
    const own = { id: 7, url: `${url}/webhook`, headers: { 'X-Kept': 'yes' }, is_active: false }
    api.webhooks.push(elsewhere, ofOthers)
    api.backends.push({ id: 1, url: `${url}/` }, { id: 2, url: 'http://example.org' })
    const setup = () => post('/setup', { project: '12.1', schema: labelConfig, hostname: api.url }, credentials)
    assert.equal((await setup()).status, 200)
    await eventually(
      async () => api.seen,
      seen => seen.includes('GET /api/webhooks/'),
    )
    // Label Studio makes the webhook after its first /setup, and asks once more.
    api.webhooks.push(own)
    const signed = await eventually(
      async () => {
        await setup()
        return api.webhooks[2] as { headers: Record<string, string>; is_active: boolean }
      },
      ({ headers }) => headers.Authorization !== undefined,
    )
    assert.equal(signed.is_active, true)
    assert.equal(signed.headers['X-Kept'], 'yes')
    assert.deepEqual(elsewhere.headers, {})
    assert.deepEqual(ofOthers.headers, { Authorization: 'theirs' })
    assert.equal((await post('/webhook', event, signed.headers)).status, 200)
    assert.equal((await post('/webhook', event)).status, 401)
  })

  it('get it below the path of a proxy, too, when that is the backend of the project', async () => {
    const [signed] = await signedWebhooks({
      backends: ['https://ml.example.org/htx'],
      webhooks: ['https://ml.example.org/htx/webhook/'],
    })
    assert.equal(signed, true)
  })

  for (const [what, backends, webhooks] of [
    ['that is no backend of the project', ['https://other.example.org'], ['https://ml.example.org/webhook']],
    ['of another service at its host', ['https://ml.example.org/htx'], ['https://ml.example.org/webhook']],
    [
      'when there are two backends at its host',
      ['https://ml.example.org/htx', 'https://ml.example.org'],
      ['https://ml.example.org/webhook', 'https://ml.example.org/htx/webhook'],
    ],
    ['at another port', ['https://ml.example.org'], ['https://ml.example.org:8443/webhook']],
    ['that is not encrypted as the backend is', ['https://ml.example.org'], ['http://ml.example.org/webhook']],
  ] as const) {
    it(`keep it from a webhook ${what}, whatever host a caller names`, async () => {
      assert.deepEqual(new Set(await signedWebhooks({ backends, webhooks })), new Set([false]))
    })
  }

  /** Which webhooks have the secret when a caller with credentials comes by a proxy as `ml.example.org`. */
  async function signedWebhooks(urls: { readonly backends: readonly string[]; readonly webhooks: readonly string[] }) {
    await using api = await startLabelStudioApi()
    api.backends.push(...urls.backends.map((url, id) => ({ id, url })))
    api.webhooks.push(...urls.webhooks.map((url, id) => ({ id, url, headers: {} })))
    const last = { id: 99, url: 'https://last.example.org/webhook', headers: {} as Record<string, string> }
    api.webhooks.push(last)
    api.backends.push({ id: 99, url: 'https://last.example.org' })
    const { post } = await serve({
      basicAuth,
      trustProxy: ['127.0.0.1'],
      labelStudio: { url: api.url, apiKey: api.token },
    })
    const setup = (host: string) =>
      post('/setup', { project: '12.1', schema: labelConfig }, { ...credentials, 'x-forwarded-host': host })
    await setup('ml.example.org')
    await eventually(
      async () => api.seen,
      seen => seen.includes('GET /api/webhooks/'),
    )
    // One after the other: when this one has its secret, what was to be done for the first is done.
    await eventually(
      async () => {
        await setup('last.example.org')
        return last.headers
      },
      headers => headers.Authorization !== undefined,
    )
    return api.webhooks.slice(0, -1).map(({ headers }) => Object.keys(headers as object).includes('Authorization'))
  }
})

describe('the Label Studio that /setup names', () => {
  const stranger = { 'x-forwarded-for': '203.0.113.7' }

  /** Whether a training fetches annotations from where a caller without credentials says that Label Studio is. */
  async function fetchesFrom(
    headers: Record<string, string>,
    options: { readonly allow?: string; readonly trustProxy?: string[] },
  ): Promise<boolean> {
    await using api = await startLabelStudioApi()
    api.tasks = [{ ...annotatedTask(1, 'great film', 'Positive'), predictions: [] }]
    const { post } = await serve('allow' in options ? { allowLabelStudios: [`${api.url}${options.allow}`] } : options)
    const said = { hostname: api.url, access_token: api.token }
    assert.equal((await post('/setup', { project: '12.1', schema: labelConfig, ...said }, headers)).status, 200)
    const job = ((await (await post('/webhook', startTraining)).json()) as { job: string }).job
    const { state, error } = await untilOver(server as TestServer, job)
    if (state === 'failed') assert.equal(error?.code, 'HTX_TRAINING_DATA_MISSING')
    assert.equal(api.seen.length > 0, state === 'succeeded')
    await server?.close()
    return state === 'succeeded'
  }

  it('is believed from this machine, and when it is on the list', async () => {
    assert.equal(await fetchesFrom({}, {}), true)
    assert.equal(await fetchesFrom(stranger, { allow: '/' }), true)
  })

  it('may lie below a path, but choose no route: nothing is sent where it names a query', async () => {
    await using api = await startLabelStudioApi()
    const { post } = await serve({})
    for (const rest of ['/admin/shutdown?now=1', '/admin#', '/?', '/#']) {
      await post('/setup', { project: '12.1', schema: labelConfig, hostname: api.url + rest, access_token: 'any' })
      const job = ((await (await post('/webhook', startTraining)).json()) as { job: string }).job
      assert.equal((await untilOver(server as TestServer, job)).error?.code, 'HTX_TRAINING_DATA_MISSING', rest)
    }
    assert.equal(api.seen.length, 0)
  })

  it('stays what it was when a stranger says that it is nowhere', async () => {
    await using api = await startLabelStudioApi()
    api.tasks = [{ ...annotatedTask(1, 'great film', 'Positive'), predictions: [] }]
    const { post } = await serve({})
    const setup = (said: object, headers = {}) =>
      post('/setup', { project: '12.1', schema: labelConfig, ...said }, headers)
    await setup({ hostname: api.url, access_token: api.token })
    assert.equal((await setup({ hostname: '', access_token: 'theirs' }, stranger)).status, 200)
    const job = ((await (await post('/webhook', startTraining)).json()) as { job: string }).job
    assert.equal((await untilOver(server as TestServer, job)).state, 'succeeded')
  })

  it('is not believed from a stranger: nothing is fetched from there', async () => {
    assert.equal(await fetchesFrom(stranger, {}), false)
    assert.equal(await fetchesFrom(stranger, { allow: '/some/path' }), false)
    for (const name of ['via', 'x-real-ip', 'x-forwarded-proto'])
      assert.equal(await fetchesFrom({ [name]: 'any' }, {}), false)
    const forged = { 'x-forwarded-for': '127.0.0.1' }
    assert.equal(await fetchesFrom(forged, { trustProxy: ['any'] }), false)
  })
})

describe('web pages in browsers', () => {
  const page = { origin: 'https://labels.example.org' }

  it('cannot change anything', async () => {
    const { post } = await serve({})
    const refused = await post('/webhook', startTraining, page)
    assert.equal(refused.status, 403)
    assert.equal(((await refused.json()) as { code: string }).code, 'HTX_ORIGIN_REFUSED')
    assert.equal(refused.headers.get('access-control-allow-origin'), null)
  })

  it('may, when their origin is allowed', async () => {
    const { post, url } = await serve({ allowOrigins: ['https://labels.example.org'], basicAuth })
    assert.equal((await post('/webhook', event, page)).status, 401)
    const taken = await post('/webhook', event, { ...page, ...credentials })
    assert.equal(taken.status, 200)
    assert.equal(taken.headers.get('access-control-allow-origin'), page.origin)
    const asked = { ...page, 'access-control-request-method': 'POST' }
    const preflight = await fetch(`${url}/predict`, { method: 'OPTIONS', headers: asked })
    assert.equal(preflight.status, 204)
    assert.match(preflight.headers.get('access-control-allow-methods') ?? '', /DELETE/)
    assert.equal((await post('/webhook', event, { origin: 'https://example.org' })).status, 403)
  })

  it('take no answer for a page or a script', async () => {
    const { url } = await serve({})
    const { headers } = await fetch(`${url}/health`)
    assert.equal(headers.get('x-content-type-options'), 'nosniff')
    assert.equal(headers.get('content-security-policy'), "default-src 'none';frame-ancestors 'none'")
    assert.equal(headers.get('strict-transport-security'), null)
  })
})

describe('the door', () => {
  it('refuses requests of an address over its limit until the second is over', async () => {
    await serve({ rateLimit: 5 })
    const statuses = await Promise.all(Array.from({ length: 20 }, () => statusOf('/livez')))
    assert.ok(statuses.includes(429))
    assert.ok(statuses.includes(200))
    await eventually(
      () => statusOf('/livez'),
      status => status === 200,
    )
  })

  it('says that a secret of events asks for credentials, and must be another', async () => {
    const needs = { code: 'HTX_OPTION_INVALID', message: /set BASIC_AUTH_USER/ }
    await assert.rejects(serve({ webhookSecret }), needs)
    const same = { code: 'HTX_OPTION_INVALID', message: /must be another one/ }
    await assert.rejects(serve({ webhookSecret: apiToken, apiToken }), same)
  })

  it('speaks HTTPS with a certificate', async () => {
    const certificates = new URL('../../packages/core/test/task-data/certificates/', import.meta.url)
    const file = (name: string) => fileURLToPath(new URL(name, certificates))
    const { url } = await serve({ tls: { certFile: file('server.pem'), keyFile: file('server-key.pem') } })
    assert.match(url, /^https:/)
    const ca = readFileSync(file('ca.pem'))
    const status = await new Promise((resolve, reject) => {
      const asked = request(`${url}/health`, { ca, servername: 'localhost' }, answer => {
        answer.resume()
        resolve([answer.statusCode, answer.headers['strict-transport-security'] !== undefined])
      })
      asked.on('error', reject).end()
    })
    assert.deepEqual(status, [200, true])
    const metrics = await server?.server.app.inject('/metrics')
    assert.match(metrics?.body ?? '', /htx_tls_certificate_expiry_timestamp_seconds 4\d{9}\n/)
  })

  it('takes a renewed certificate while it runs', {
    skip: whyNoCertificates || 'bun' in process.versions,
  }, async () => {
    await withTempDirectory(async folder => {
      const [certFile, keyFile] = [join(folder, 'cert.pem'), join(folder, 'key.pem')]
      const put = ({ cert, key }: { readonly cert: string; readonly key: string }) => {
        writeFileSync(certFile, cert)
        writeFileSync(keyFile, key)
      }
      const [first, second] = [makeCertificate('first', folder), makeCertificate('second', folder)]
      put(first)
      const { port, hostname } = new URL((await serve({ tls: { certFile, keyFile } })).url)
      const shown = async () => {
        const socket = connect({ port: Number(port), host: hostname, rejectUnauthorized: false })
        await once(socket, 'secureConnect')
        const { CN } = socket.getPeerCertificate().subject
        socket.destroy()
        return CN
      }
      assert.equal(await shown(), 'first')
      put(second)
      await eventually(shown, name => name === 'second')
    })
  })

  for (const [what, options, message] of [
    ['a proxy that is no address', { trustProxy: ['nowhere'] }, /--trust-proxy/],
    ['a user name with a colon', { basicAuth: { user: 'a:b', password: 'secret' } }, /basicAuth\.user must match/],
    [
      'a token that is soon guessed',
      { apiToken: 'short' },
      /apiToken .*16 characters.*HTX_API_TOKEN.*got a text of 5 characters$/,
    ],
    [
      'a certificate that is not there',
      { tls: { certFile: 'no.pem', keyFile: 'no.pem' } },
      /--tls-cert: .*no\.pem cannot be read/,
    ],
    [
      'an origin that is none',
      { allowOrigins: ['labels'] },
      /expected an address such as .*"labels"\. Set --allow-origin/,
    ],
  ] as const) {
    it(`says what is wrong with ${what}`, async () => {
      await assert.rejects(startServer('trainable.ts', options as object), message)
    })
  }
})
