import assert from 'node:assert/strict'
import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { createServer, type Server } from 'node:http'
import { createServer as createSecureServer } from 'node:https'
import { type AddressInfo, connect } from 'node:net'
import { after, afterEach, before, beforeEach, describe, it } from 'node:test'
import { fileURLToPath } from 'node:url'
import { openTaskData, type TaskDataOptions } from '../../src/task-data/task-data.ts'

const certificates = new URL('./certificates/', import.meta.url)
const caFile = fileURLToPath(new URL('ca.pem', certificates))
const names = ['HTTP_PROXY', 'HTTPS_PROXY', 'NO_PROXY', 'http_proxy', 'https_proxy', 'no_proxy']
const earlier = Object.fromEntries(names.map(name => [name, process.env[name]]))

let secure: Server
let securePort: number
let proxy: Server
/** What the proxy was asked for, in order. */
let asked: string[]

before(async () => {
  const [key, cert] = await Promise.all(
    ['server-key.pem', 'server.pem'].map(name => readFile(new URL(name, certificates))),
  )
  secure = createSecureServer({ key: key as Buffer, cert: cert as Buffer }, (request, response) => {
    response.end(`secure ${request.headers.host}`)
  })
  proxy = createServer((request, response) => {
    asked.push(`${request.method} ${request.url}`)
    response.end(`by proxy ${request.headers.authorization}`)
  })
  // Whatever the name is, it is the server of this test.
  proxy.on('connect', (request, socket) => {
    asked.push(`CONNECT ${request.url}`)
    const onward = connect(securePort, '127.0.0.1', () => {
      socket.write('HTTP/1.1 200 Connection established\r\n\r\n')
      onward.pipe(socket).pipe(onward)
    })
    for (const end of [onward, socket]) end.on('error', () => {})
  })
  for (const server of [secure, proxy]) {
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
  }
  securePort = (secure.address() as AddressInfo).port
})

after(() => {
  for (const server of [secure, proxy]) {
    server.closeAllConnections()
    server.close()
  }
})

beforeEach(() => {
  asked = []
  for (const name of names) delete process.env[name]
})

afterEach(() => {
  for (const [name, value] of Object.entries(earlier)) {
    if (value === undefined) delete process.env[name]
    else process.env[name] = value
  }
})

async function read(value: string, options: TaskDataOptions = {}): Promise<string> {
  await using taskData = openTaskData(options)
  return readFile(await taskData.resolve(value), 'utf8')
}

const allowAddresses = ['127.0.0.1']

describe('a private certificate authority', () => {
  it('is trusted when its file is named, and not without', async () => {
    const url = `https://127.0.0.1:${securePort}/a.png`
    assert.equal(await read(url, { allowAddresses, caFile }), `secure 127.0.0.1:${securePort}`)
    await assert.rejects(read(url, { allowAddresses }), { code: 'HTX_TASK_DATA_UNREACHABLE' })
  })

  it('is told of when its file holds no certificate', () => {
    const wrong = { code: 'HTX_OPTION_INVALID', message: /--ca-file/ }
    assert.throws(() => openTaskData({ caFile: fileURLToPath(import.meta.url) }), wrong)
    assert.throws(() => openTaskData({ caFile: `${caFile}.gone` }), wrong)
  })
})

describe('a proxy', () => {
  const proxyUrl = () => `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`

  it('is asked for http and https, names included', async () => {
    process.env.HTTP_PROXY = proxyUrl()
    process.env.HTTPS_PROXY = proxyUrl()
    assert.equal(await read('http://files.example/a.png'), 'by proxy undefined')
    assert.equal(await read('https://files.example/a.png', { caFile }), 'secure files.example')
    assert.deepEqual(asked, ['GET http://files.example/a.png', 'CONNECT files.example:443'])
  })

  it('is passed by for the names of NO_PROXY', async () => {
    process.env.HTTP_PROXY = 'http://127.0.0.1:1'
    process.env.NO_PROXY = '127.0.0.1'
    const url = `${proxyUrl()}/data/upload/1/a.png`
    assert.equal(await read(url, { labelStudio: { url: proxyUrl(), apiKey: 'abc' } }), 'by proxy Token abc')
    assert.deepEqual(asked, ['GET /data/upload/1/a.png'])
  })

  it('is not asked for addresses inside the network', async () => {
    process.env.HTTP_PROXY = proxyUrl()
    for (const host of ['10.0.0.1', 'localhost', '[::1]', '169.254.169.254']) {
      await assert.rejects(read(`http://${host}/a.png`), { code: 'HTX_TASK_DATA_REFUSED' }, host)
    }
    assert.deepEqual(asked, [])
  })
})
