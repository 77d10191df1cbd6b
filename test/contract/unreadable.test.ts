import assert from 'node:assert/strict'
import { once } from 'node:events'
import { type AddressInfo, connect as connectPlain, type Socket } from 'node:net'
import { after, before, describe, it } from 'node:test'
import { connect as connectTls } from 'node:tls'
import { fileURLToPath } from 'node:url'
import { initModelServer } from '@htx/server'
import { startServer, type TestServer } from '../support/model-server.ts'
import { twoLocalhosts } from '../support/two-localhosts.ts'

const post = 'POST /setup HTTP/1.1\r\nhost: planted\r\ncontent-type: application/json\r\n'
const get = 'GET /livez HTTP/1.1\r\nhost: planted\r\n\r\n'

/** What is no request, and what is answered. */
const unreadable: Readonly<Record<string, readonly [bytes: string | Buffer, status: number, code: string, RegExp]>> = {
  'bytes of TLS on a port of plain HTTP': [
    Buffer.from([0x16, 0x03, 0x01, 0x02, 0x00, 0x01, 0x00, 0x01, 0xfc, 0x03, 0x03]),
    400,
    'HTX_REQUEST_INVALID',
    /looks like HTTPS.*--tls-cert/,
  ],
  'no HTTP at all': ['planted\r\n\r\n', 400, 'HTX_REQUEST_INVALID', /HTTP\/1\.1/],
  'another HTTP': ['PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', 400, 'HTX_REQUEST_INVALID', /HTTP\/1\.1/],
  'a method that there is not': [
    `PLANTED /livez HTTP/1.1\r\nhost: a\r\n\r\n`,
    400,
    'HTX_REQUEST_INVALID',
    /HTTP\/1\.1/,
  ],
  'no host': ['GET /livez HTTP/1.1\r\nx-planted: planted\r\n\r\n', 400, 'HTX_REQUEST_INVALID', /Host/],
  'headers without an end': [
    `GET /livez HTTP/1.1\r\nhost: a\r\nx: ${'planted'.repeat(20_000)}\r\n\r\n`,
    431,
    'HTX_HEADERS_TOO_LARGE',
    /\d+ bytes/,
  ],
  'chunks of a size that is none': [
    `${post}transfer-encoding: chunked\r\n\r\nplanted\r\nabc\r\n0\r\n\r\n`,
    400,
    'HTX_REQUEST_INVALID',
    /invalid chunk size/,
  ],
  'chunks with endless extensions': [
    `${post}transfer-encoding: chunked\r\n\r\n1;${'planted'.repeat(5_000)}\r\n{\r\n0\r\n\r\n`,
    413,
    'HTX_REQUEST_TOO_LARGE',
    /extensions/,
  ],
  'two lengths': [`${post}content-length: 2\r\ncontent-length: 3\r\n\r\n{}`, 400, 'HTX_REQUEST_INVALID', /HTTP\/1\.1/],
}

describe('what is no request', () => {
  let server: TestServer
  before(async () => {
    server = await startServer('scripted.ts', { workers: 1 })
  })
  after(() => server?.close())

  for (const [what, [bytes, status, code, message]] of Object.entries(unreadable)) {
    it(`is answered in our words when it is ${what}, and its connection ends`, async () => {
      const answer = readAnswer(await whatComes(openPlain(server), bytes))
      assert.equal(answer.status, status)
      assert.equal(answer.headers['content-type'], 'application/json; charset=utf-8')
      assert.equal(answer.headers.connection, 'close')
      assert.equal(answer.body.code, code)
      assert.match(answer.body.message, message)
      assert.match(answer.reason, /^[\x20-\x7e]{10,200}$/)
      assert.equal(answer.reason.slice(0, 20), answer.body.message.slice(0, 20))
      assert.doesNotMatch(answer.whole, /planted/i)
    })
  }

  it('is answered in our words when the connection ends before the request does', async () => {
    const socket = openPlain(server)
    const comes = whatComes(socket, '')
    socket.end(`${post}content-length: 9\r\n\r\n{`)
    const { status, body } = readAnswer(await comes)
    assert.deepEqual([status, body.code], [400, 'HTX_REQUEST_INVALID'])
    assert.match(body.message, /ended before the request did/)
  })

  it('is counted, by the status of its answer', async () => {
    const metrics = await (await fetch(`${server.url}/metrics`)).text()
    const count = (code: number) =>
      Number(new RegExp(`htx_requests_total\\{route="unreadable",code="${code}"\\} (\\d+)`).exec(metrics)?.[1])
    assert.equal(count(431), 1)
    assert.equal(count(413), 1)
    assert.ok(count(400) >= 6)
    assert.doesNotMatch(metrics, /^htx_tls_certificate_expiry/m)
  })

  it('is answered 408 when it does not come to its end', async () => {
    const { server: http } = server.server.app
    const opened = once(http, 'connection') as Promise<[Socket]>
    const comes = whatComes(openPlain(server), post)
    const [socket] = await opened
    // The runtimes look every 30 s; test/faults/clients.faults.ts waits for them.
    http.emit('clientError', Object.assign(new Error('Request timeout'), { code: 'ERR_HTTP_REQUEST_TIMEOUT' }), socket)
    const { status, body } = readAnswer(await comes)
    assert.deepEqual([status, body.code], [408, 'HTX_REQUEST_TIMEOUT'])
  })

  it('never passes for the answer to the request before it', async () => {
    const arrives = once(server.server.app.server, 'request')
    const predict = JSON.stringify({ tasks: [{ id: 1, data: { text: 'pause 300' } }], project: '1.1' })
    const socket = openPlain(server)
    const comes = whatComes(
      socket,
      `POST /predict HTTP/1.1\r\nhost: a\r\ncontent-length: ${predict.length}\r\n\r\n${predict}`,
    )
    await arrives
    socket.write('planted\r\n\r\n')
    assert.doesNotMatch(await comes, /HTTP\/1\.1 400/)
  })

  it('is answered so on every address of localhost', async () => {
    using _names = twoLocalhosts()
    await using other = await initModelServer({
      model: server.server.settings.model,
      modelsDir: server.modelsDir,
      workers: 1,
      logLevel: 'silent',
    })
    await other.listen({ port: 0, host: 'localhost' })
    const addresses = other.app.addresses() as AddressInfo[]
    assert.equal(addresses.length, 2)
    for (const { port, address } of addresses)
      assert.equal(
        readAnswer(await whatComes(connectPlain(port, address), 'planted\r\n\r\n')).body.code,
        'HTX_REQUEST_INVALID',
      )
  })

  it('keeps nobody from being answered', async () => {
    assert.match(
      await whatComes(openPlain(server), get.replace('\r\n\r\n', '\r\nconnection: close\r\n\r\n')),
      /^HTTP\/1\.1 200/,
    )
  })
})

describe('what is no request, on HTTPS', () => {
  it('is answered within TLS, and without it the connection just ends', async () => {
    const certificates = new URL('../../packages/core/test/task-data/certificates/', import.meta.url)
    const file = (name: string) => fileURLToPath(new URL(name, certificates))
    const server = await startServer('scripted.ts', {
      workers: 1,
      tls: { certFile: file('server.pem'), keyFile: file('server-key.pem') },
    })
    try {
      const { port, hostname } = new URL(server.url)
      const within = connectTls({ port: Number(port), host: hostname, rejectUnauthorized: false })
      assert.equal(readAnswer(await whatComes(within, 'planted\r\n\r\n')).body.code, 'HTX_REQUEST_INVALID')
      assert.doesNotMatch(await whatComes(openPlain(server), get), /HTTP/)
    } finally {
      await server.close()
    }
  })
})

function openPlain({ url }: TestServer): Socket {
  const { port, hostname } = new URL(url)
  return connectPlain(Number(port), hostname)
}

/** All that comes until the connection ends. */
function whatComes(socket: Socket, bytes: string | Buffer): Promise<string> {
  return new Promise(resolve => {
    let text = ''
    socket.on('data', chunk => {
      text += chunk
    })
    socket.on('error', () => {})
    socket.on('close', () => resolve(text))
    socket.write(bytes)
  })
}

function readAnswer(whole: string) {
  const [head = '', body = ''] = whole.split('\r\n\r\n')
  const [line = '', ...lines] = head.split('\r\n')
  const [, status, reason = ''] = /^HTTP\/1\.1 (\d+) (.*)$/.exec(line) ?? []
  const headers = Object.fromEntries(
    lines.map(header => [header.split(': ')[0]?.toLowerCase() ?? '', header.slice(header.indexOf(': ') + 2)]),
  )
  return { whole, status: Number(status), reason, headers, body: JSON.parse(body) as { code: string; message: string } }
}
