import assert from 'node:assert/strict'
import { mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { gzipSync } from 'node:zlib'
import { isHtxError } from '../../src/errors/htx-error.ts'
import { openTaskData, type TaskData, type TaskDataOptions } from '../../src/task-data/task-data.ts'

describe('task data', () => {
  const servers: Server[] = []
  const seen: IncomingMessage[] = []
  let url: string
  let otherUrl: string

  async function listen(handle: (request: IncomingMessage, response: ServerResponse) => void): Promise<string> {
    const server = createServer(handle)
    servers.push(server)
    await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  }

  before(async () => {
    otherUrl = await listen((request, response) => {
      seen.push(request)
      response.end('other')
    })
    url = await listen((request, response) => {
      seen.push(request)
      const path = request.url?.split('?')[0]
      if (path === '/a.png') response.end('bytes')
      else if (path === '/gzip.txt') response.setHeader('content-encoding', 'gzip').end(gzipSync('unpacked'))
      else if (path === '/bomb') response.setHeader('content-encoding', 'gzip').end(gzipSync(Buffer.alloc(1_000_000)))
      else if (path === '/loop') response.writeHead(302, { location: '/loop' }).end()
      else if (path === '/away') response.writeHead(302, { location: `${otherUrl}/x` }).end()
      else if (path === '/stall') response.writeHead(200, { 'content-length': '100' }).write('half')
      else if (path === '/short') {
        response.writeHead(200, { 'content-length': '100' }).write('half')
        setImmediate(() => response.destroy())
      } else if (path === '/data/upload/1/b.png') response.end(request.headers.authorization)
      else response.writeHead(403).end()
    })
  })
  after(() => {
    for (const server of servers) {
      server.closeAllConnections()
      server.close()
    }
  })

  async function using<T>(options: TaskDataOptions, work: (data: TaskData) => Promise<T>): Promise<T> {
    const data = openTaskData({ allowAddresses: ['127.0.0.1'], ...options })
    try {
      return await work(data)
    } finally {
      await data.close()
    }
  }
  const read = (value: string, options: TaskDataOptions = {}) =>
    using(options, async data => readFile(await data.resolve(value), 'utf8'))
  const refused = (code: 'HTX_TASK_DATA_INVALID' | 'HTX_TASK_DATA_UNREACHABLE', message: RegExp) => (error: unknown) =>
    isHtxError(error, code) && message.test(error.message)

  it('fetches a URL once for all that wait, and keeps its extension', () =>
    using({}, async data => {
      const before = seen.length
      const paths = await Promise.all([1, 2, 3].map(() => data.resolve(`${url}/a.png?sig=secret`)))
      assert.equal(new Set(paths).size, 1)
      assert.match(paths[0] as string, /\.png$/)
      assert.equal(seen.length, before + 1)
    }))

  it('unpacks what comes packed', async () => assert.equal(await read(`${url}/gzip.txt`), 'unpacked'))
  it('reads data: URIs', async () => assert.equal(await read('data:text/plain;base64,aGVsbG8='), 'hello'))
  it('asks Label Studio with its token', async () => {
    assert.equal(await read('/data/upload/1/b.png', { labelStudio: { url, apiKey: 'abc' } }), 'Token abc')
  })
  it('gives the token to nobody else, not on a redirect either', async () => {
    await read(`${url}/away`, { labelStudio: { url, apiKey: 'abc' } })
    assert.equal(seen.at(-1)?.headers.authorization, undefined)
  })

  it('removes what it fetched', async () => {
    const path = await using({}, data => data.resolve(`${url}/a.png`))
    await assert.rejects(readFile(path))
  })

  it('reads local files below the root only', async () => {
    const root = await mkdtemp(join(tmpdir(), 'htx-root-'))
    try {
      await writeFile(join(root, 'in.txt'), 'inside')
      await symlink('/etc/hostname', join(root, 'out.txt'))
      assert.equal(await read('in.txt', { root }), 'inside')
      await assert.rejects(
        read('../../etc/hostname', { root }),
        refused('HTX_TASK_DATA_INVALID', /outside|cannot be read/),
      )
      await assert.rejects(read('out.txt', { root }), refused('HTX_TASK_DATA_INVALID', /outside/))
      await assert.rejects(read('/etc/hostname'), refused('HTX_TASK_DATA_INVALID', /--data-root/))
    } finally {
      await rm(root, { recursive: true })
    }
  })

  const failing: [string, string, TaskDataOptions, RegExp][] = [
    ['a refusal', '/secret?token=abc', {}, /answers 403/],
    ['a redirect that never ends', '/loop', {}, /redirects/],
    ['a file that is too large once unpacked', '/bomb', { fileLimitBytes: 1_000 }, /larger than 1000/],
    ['a download that stalls', '/stall', { idleTimeoutMs: 200 }, /could not be fetched/],
    ['a download that ends early', '/short', {}, /could not be fetched/],
  ]
  for (const [what, path, options, message] of failing) {
    it(`says what went wrong with ${what}, without queries`, async () => {
      await assert.rejects(read(url + path, options), error => {
        assert.ok(refused('HTX_TASK_DATA_UNREACHABLE', message)(error), String(error))
        return !String(error).includes('token=abc')
      })
    })
  }

  it('says what is missing for files of Label Studio and clouds', async () => {
    await assert.rejects(read('/data/upload/1/b.png'), refused('HTX_TASK_DATA_INVALID', /LABEL_STUDIO_URL/))
    await assert.rejects(read('s3://bucket/key'), refused('HTX_TASK_DATA_INVALID', /s3/))
  })
})
