import assert from 'node:assert/strict'
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { extname, join } from 'node:path'
import { after, afterEach, before, beforeEach, describe, it } from 'node:test'
import { brotliCompressSync, deflateSync, gzipSync } from 'node:zlib'
import { openTaskData, type TaskData } from '../../src/task-data/task-data.ts'
import { type FileServer, serveFiles } from './serve-files.ts'

const apiKey = '0123456789abcdef0123456789abcdef01234567'
const fileLimitBytes = 100_000
const invalid = { code: 'HTX_TASK_DATA_INVALID' }
const unreachable = { code: 'HTX_TASK_DATA_UNREACHABLE' }
const cat = Buffer.from('cat '.repeat(1000))

let labelStudio: FileServer
let elsewhere: FileServer
let cacheDir: string
let taskData: TaskData

before(async () => {
  labelStudio = await serveFiles(answer)
  elsewhere = await serveFiles(answer)
})

after(async () => {
  await labelStudio.close()
  await elsewhere.close()
})

beforeEach(async () => {
  cacheDir = await mkdtemp(join(tmpdir(), 'htx-download-'))
  taskData = open({})
})

function open(limits: { readonly idleTimeoutMs?: number; readonly timeoutMs?: number }): TaskData {
  return openTaskData({
    allowAddresses: ['127.0.0.1'],
    cacheDir,
    fileLimitBytes,
    labelStudio: { url: labelStudio.url, apiKey },
    ...limits,
  })
}

afterEach(async () => {
  await taskData.close()
  await rm(cacheDir, { recursive: true })
})

const routes: Readonly<Record<string, (response: ServerResponse, query: URLSearchParams) => void>> = {
  '/plain': response => response.setHeader('content-type', 'image/png').end(cat),
  '/empty.png': response => response.end(),
  '/gzip.txt': response => response.setHeader('content-encoding', 'gzip').end(gzipSync(cat)),
  '/deflate.txt': response => response.setHeader('content-encoding', 'Deflate').end(deflateSync(cat)),
  '/br.txt': response => response.setHeader('content-encoding', 'br').end(brotliCompressSync(cat)),
  '/compress.txt': response => response.setHeader('content-encoding', 'compress').end(cat),
  '/not-gzip.txt': response => response.setHeader('content-encoding', 'gzip').end(cat),
  '/half-gzip.txt': response => response.setHeader('content-encoding', 'gzip').end(gzipSync(cat).subarray(0, -12)),
  '/bomb.txt': response => response.setHeader('content-encoding', 'gzip').end(gzipSync(Buffer.alloc(50_000_000))),
  '/announced.png': response => response.writeHead(200, { 'content-length': fileLimitBytes + 1 }).flushHeaders(),
  '/endless.png': sendForever,
  '/silent.png': () => {},
  '/stalls.png': response => response.writeHead(200, { 'content-length': 1000 }).write('half'),
  '/drips.png': drip,
  '/status': (response, query) => response.writeHead(Number(query.get('code'))).end('<html>no</html>'),
  '/redirect': (response, query) => response.writeHead(302, { location: query.get('to') ?? '' }).end('moved'),
  '/no-location': response => response.writeHead(302).end(),
  '/endless-redirect': (response, query) => {
    response.writeHead(307, { location: query.get('to') ?? '' })
    sendForever(response)
  },
}

/** Label Studio gives the same under one of its routes for files. */
const fileRoute = '/data/upload/1'

function answer(request: IncomingMessage, response: ServerResponse): void {
  const { pathname: path, searchParams } = new URL(request.url ?? '', 'http://any')
  const pathname = path.startsWith(fileRoute) ? path.slice(fileRoute.length) : path
  if (pathname.startsWith('/count/')) count(pathname, response)
  else routes[pathname]?.(response, searchParams)
}

/** /count/3 → /count/2 → … → /count/0, which is there. */
function count(path: string, response: ServerResponse): void {
  const left = Number(path.slice('/count/'.length))
  if (left === 0) response.end('arrived')
  else response.writeHead(303, { location: `./${left - 1}` }).end()
}

function sendForever(response: ServerResponse): void {
  const chunk = Buffer.alloc(16_384)
  const send = () => {
    while (!response.destroyed && response.write(chunk)) {}
  }
  response.on('drain', send)
  send()
}

function drip(response: ServerResponse): void {
  const timer = setInterval(() => response.write('.'), 10)
  response.on('close', () => clearInterval(timer))
}

const resolve = (path: string, query: Record<string, string> = {}) =>
  taskData.resolve(`${elsewhere.url}${path}?${new URLSearchParams({ ...query, signature: 'secret' })}`)

/** Errors show no query, and leave nothing on disk. */
async function refuses(path: string, expected: { code: string; message?: RegExp }, query?: Record<string, string>) {
  const files = await readdir(cacheDir)
  const error = await resolve(path, query).then(
    () => assert.fail(`${path} was resolved`),
    (error: { code: string; message: string }) => error,
  )
  assert.equal(error.code, expected.code, error.message)
  if (expected.message !== undefined) assert.match(error.message, expected.message)
  assert.doesNotMatch(error.message, /secret/)
  assert.deepEqual(await readdir(cacheDir), files)
}

describe('a download', () => {
  it('gives the bytes, with an extension after the media type when the name has none', async () => {
    const path = await resolve('/plain')
    assert.deepEqual(await readFile(path), cat)
    assert.equal(extname(path), '.png')
    assert.equal((await readFile(await resolve('/empty.png'))).length, 0)
  })

  it('undoes gzip, deflate and br', async () => {
    for (const name of ['gzip', 'deflate', 'br']) assert.deepEqual(await readFile(await resolve(`/${name}.txt`)), cat)
  })

  it('refuses encodings that are unknown, wrong or cut off', async () => {
    await refuses('/compress.txt', { ...unreachable, message: /compress/ })
    await refuses('/not-gzip.txt', unreachable)
    await refuses('/half-gzip.txt', unreachable)
  })

  it('refuses files over the limit: announced, without end, or packed small', async () => {
    const tooLarge = { ...unreachable, message: /larger than 100000 bytes/ }
    await refuses('/announced.png', tooLarge)
    await refuses('/endless.png', tooLarge)
    await refuses('/bomb.txt', tooLarge)
  })

  it('gives up on a server that says nothing or stops half-way, and starts anew when asked again', async () => {
    await taskData.close()
    taskData = open({ idleTimeoutMs: 100 })
    for (const path of ['/silent.png', '/silent.png', '/stalls.png']) {
      await refuses(path, { ...unreachable, message: /no byte came for 100 ms/ })
    }
    assert.equal(elsewhere.requests.filter(({ url }) => url?.startsWith('/silent.png')).length, 2)
  })

  it('gives up on a server that takes for ever', async () => {
    await taskData.close()
    taskData = open({ timeoutMs: 100 })
    await refuses('/drips.png', { ...unreachable, message: /not complete after 100 ms/ })
  })

  it('says whether the value or the other side is at fault', async () => {
    for (const code of ['400', '404', '410'])
      await refuses('/status', { ...invalid, message: new RegExp(code) }, { code })
    for (const code of ['204', '206', '304', '408', '429', '500', '503']) {
      await refuses('/status', { ...unreachable, message: new RegExp(code) }, { code })
    }
  })

  it('says what to check when credentials are missing or refused', async () => {
    for (const code of ['401', '403']) await refuses('/status', { ...unreachable, message: /none are known/ }, { code })
    const refused = taskData.resolve(`${labelStudio.url}${fileRoute}/status?code=401`)
    await assert.rejects(refused, { ...unreachable, message: /check LABEL_STUDIO_API_KEY/ })
    await assert.rejects(refused, (error: Error) => !error.message.includes(apiKey))
  })

  it('says when nobody listens', async () => {
    const server = await serveFiles(() => {})
    await server.close()
    await assert.rejects(taskData.resolve(`${server.url}/a.png`), { ...unreachable, message: /ECONNREFUSED/ })
  })
})

describe('a server that ends early', () => {
  /** Sends raw bytes and hangs up. */
  async function resolveRaw(answer: string): Promise<string> {
    const server = createServer(socket => socket.once('data', () => socket.end(answer)))
    await new Promise<void>(listening => server.listen(0, '127.0.0.1', listening))
    const { port } = server.address() as { port: number }
    try {
      return await taskData.resolve(`http://127.0.0.1:${port}/a.png`)
    } finally {
      await new Promise(closed => server.close(closed))
    }
  }

  it('is noticed by the length that it announced', async () => {
    await assert.rejects(resolveRaw('HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nhalf'), unreachable)
    assert.deepEqual(await readdir(cacheDir), [])
  })

  it('is noticed by the chunk that is missing', async () => {
    await assert.rejects(resolveRaw('HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n4\r\nhalf\r\n'), unreachable)
  })

  it('is noticed when it speaks no HTTP', async () => {
    await assert.rejects(resolveRaw('hello\r\n\r\n'), unreachable)
  })

  it('does not get more into the file than it announced', async () => {
    const path = await resolveRaw('HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: 4\r\n\r\nfull and more')
    assert.equal(await readFile(path, 'utf8'), 'full')
  })
})

describe('redirects', () => {
  it('are followed, five of them', async () => {
    assert.equal(await readFile(await resolve('/count/5'), 'utf8'), 'arrived')
    await refuses('/count/6', { ...unreachable, message: /more than 5 redirects/ })
  })

  it('are given up when they lead in a circle', async () => {
    const circle = '/redirect?to=/redirect'
    await refuses('/redirect', unreachable, { to: circle })
    await refuses(
      '/endless-redirect',
      { ...unreachable, message: /more than 5/ },
      { to: '/endless-redirect?to=/count/6' },
    )
  })

  it('take the token along within Label Studio, never elsewhere, and not back', async () => {
    const seenBy = (server: FileServer, from: number) =>
      server.requests.slice(from).map(({ headers }) => headers.authorization)
    const start = [labelStudio.requests.length, elsewhere.requests.length] as const
    const back = `${labelStudio.url}${fileRoute}/plain`
    const away = `${elsewhere.url}/redirect?${new URLSearchParams({ to: back })}`
    const within = `${labelStudio.url}${fileRoute}/redirect?${new URLSearchParams({ to: away })}`
    const path = await taskData.resolve(
      `${labelStudio.url}${fileRoute}/redirect?${new URLSearchParams({ to: within })}`,
    )
    assert.deepEqual(await readFile(path), cat)
    assert.deepEqual(seenBy(labelStudio, start[0]), [`Token ${apiKey}`, `Token ${apiKey}`, undefined])
    assert.deepEqual(seenBy(elsewhere, start[1]), [undefined])
  })

  it('are refused to other schemes and to nowhere', async () => {
    await refuses('/redirect', { ...unreachable, message: /file: URL/ }, { to: 'file:///etc/passwd' })
    await refuses('/redirect', unreachable, { to: 'http://[' })
    await refuses('/no-location', unreachable)
  })
})
