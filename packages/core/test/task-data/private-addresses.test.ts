import assert from 'node:assert/strict'
import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { type AddressInfo, createServer, type Server } from 'node:net'
import { after, before, beforeEach, describe, it } from 'node:test'
import { openConnections } from '../../src/task-data/addresses/connections.ts'
import { openTaskData, type TaskDataOptions } from '../../src/task-data/task-data.ts'
import { type FileServer, serveFiles } from './serve-files.ts'

const refused = { code: 'HTX_TASK_DATA_REFUSED', message: /--allow-address/ }

/** Counts who connects, and answers nothing. */
let inside: Server
let port: number
let connections: number
let redirecting: FileServer

before(async () => {
  inside = createServer(socket => {
    connections += 1
    socket.destroy()
  })
  // Both families where the machine has both.
  inside.listen(0)
  await once(inside, 'listening')
  port = (inside.address() as AddressInfo).port
  redirecting = await serveFiles((request, response) => {
    if (request.url?.startsWith('/data/upload/1/cat')) response.end('cat')
    else response.writeHead(302, { location: `http://127.0.0.2:${port}/data/upload/1/a.png` }).end()
  })
})

beforeEach(() => {
  connections = 0
})

after(async () => {
  await redirecting.close()
  inside.close()
})

async function resolve(value: string, options: TaskDataOptions = {}, caller?: string): Promise<string> {
  await using taskData = openTaskData(options)
  const path = await taskData.resolve(value, caller === undefined ? {} : { caller: { url: caller } })
  return readFile(path, 'utf8')
}

describe('addresses inside a network', () => {
  it('are not connected to, however they are written', async () => {
    const hosts = ['127.0.0.1', '2130706433', '0x7f000001', '0177.0.0.1', '127.1', '0', '127.0.0.2', 'localhost']
    const others = [
      'LOCALHOST',
      'localhost.',
      'cat.localhost',
      '[::1]',
      '[::]',
      '[::ffff:127.0.0.1]',
      '[::ffff:7f00:1]',
    ]
    for (const host of [...hosts, ...others]) {
      await assert.rejects(resolve(`http://${host}:${port}/a.png`), refused, host)
      await assert.rejects(resolve(`https://${host}:${port}/a.png`), refused, host)
    }
    assert.equal(connections, 0)
  })

  it('are not connected to on a redirect', async () => {
    await assert.rejects(resolve(`${redirecting.url}/a.png`, { allowAddresses: ['127.0.0.1'] }), refused)
    await assert.rejects(resolve('/data/upload/1/a.png', { labelStudio: { url: redirecting.url } }), refused)
    assert.equal(connections, 0)
  })

  it('are those that a name has at the moment of connecting: an earlier answer does not count', async () => {
    let asked = 0
    // As a name server that says something harmless first.
    const changing = openConnections({ idleTimeoutMs: 1000, ca: undefined, addresses: { allows: () => asked++ === 0 } })
    const ask = { headers: {}, signal: new AbortController().signal, isTrusted: false }
    await assert.rejects(changing.ask(new URL(`http://localhost:${port}/`), ask), refused)
    await changing.close()
    assert.equal(connections, 0)
    assert.ok(asked > 1)
  })

  it('may be allowed by the operator', async () => {
    assert.equal(await resolve(`${redirecting.url}/data/upload/1/cat`, { allowAddresses: ['127.0.0.0/8'] }), 'cat')
    assert.equal(await resolve(`${redirecting.url}/data/upload/1/cat`, { allowAddresses: ['any'] }), 'cat')
  })

  it('are connected to for files of Label Studio, and for nothing else there', async () => {
    const labelStudio = { url: redirecting.url }
    for (const value of ['/data/upload/1/cat.png', `${redirecting.url}/data/upload/1/cat.png`]) {
      assert.equal(await resolve(value, { labelStudio }), 'cat')
      assert.equal(await resolve(value, {}, redirecting.url), 'cat')
      // A caller's word counts only where the operator has said nothing.
      await assert.rejects(
        resolve(value, { labelStudio: { url: `http://127.0.0.1:${port}` } }, 'http://127.0.0.1:1'),
        value.startsWith('/') ? { code: 'HTX_TASK_DATA_UNREACHABLE' } : refused,
      )
    }
    await assert.rejects(resolve(`${redirecting.url}/metrics`, { labelStudio }), refused)
    await assert.rejects(resolve(`${redirecting.url}/metrics`, {}, redirecting.url), refused)
  })
})
