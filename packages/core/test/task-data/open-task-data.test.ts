import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { tmpdir } from 'node:os'
import { dirname, extname, join } from 'node:path'
import { afterEach, beforeEach, describe, it } from 'node:test'
import { openTaskData, type TaskData } from '../../src/task-data/task-data.ts'
import { type FileServer, serveFiles } from './serve-files.ts'

const apiKey = '0123456789abcdef0123456789abcdef01234567'
const allowAddresses = ['127.0.0.1']
const invalid = { code: 'HTX_TASK_DATA_INVALID' }

let labelStudio: FileServer
let elsewhere: FileServer
let taskData: TaskData
/** Answers of requests for /held, which a test ends itself. */
let held: ServerResponse[]
let onHeld: () => void

beforeEach(async () => {
  held = []
  onHeld = () => {}
  const answer = (name: string) => (request: IncomingMessage, response: ServerResponse) => {
    if (request.url?.startsWith('/held')) {
      held.push(response)
      onHeld()
    } else response.end(`${name} ${request.url}`)
  }
  labelStudio = await serveFiles(answer('label studio'))
  elsewhere = await serveFiles(answer('elsewhere'))
  taskData = openTaskData({ allowAddresses, labelStudio: { url: labelStudio.url, apiKey } })
})

afterEach(async () => {
  await taskData.close()
  await labelStudio.close()
  await elsewhere.close()
})

/** Resolves when the server has got so many requests for /held. */
function heldRequests(count: number): Promise<void> {
  return new Promise(resolve => {
    onHeld = () => {
      if (held.length >= count) resolve()
    }
    onHeld()
  })
}

const authorizations = (server: FileServer) => server.requests.map(request => request.headers.authorization)

describe('resolve', () => {
  it('brings uploads and local files of Label Studio with its token', async () => {
    const values = [
      '/data/upload/30/bb47ce12-tiny_cat.png',
      'upload/30/cat.png',
      '/data/local-files/?d=set1/pic%20%C3%A9%201.png',
    ]
    for (const value of values) {
      const path = await taskData.resolve(value)
      assert.equal(extname(path), '.png')
      assert.match(await readFile(path, 'utf8'), /^label studio \/data\//)
    }
    assert.deepEqual(authorizations(labelStudio), Array(3).fill(`Token ${apiKey}`))
    assert.equal(labelStudio.requests[2]?.url, '/data/local-files/?d=set1/pic%20%C3%A9%201.png')
  })

  it('sends the token with absolute URLs of Label Studio and with no others', async () => {
    await taskData.resolve(`${labelStudio.url}/data/local-files/?d=a.png`)
    await taskData.resolve(`${elsewhere.url}/data/local-files/?d=a.png`)
    assert.deepEqual(authorizations(labelStudio), [`Token ${apiKey}`])
    assert.deepEqual(authorizations(elsewhere), [undefined])
  })

  it('downloads a file once, whichever way the value names it', async () => {
    const url = `${labelStudio.url}/data/upload/1/a.png`
    const paths = [
      await taskData.resolve('upload/1/a.png'),
      await taskData.resolve(url),
      await taskData.resolve(`${url}#top`),
    ]
    assert.equal(new Set(paths).size, 1)
    assert.equal(labelStudio.requests.length, 1)
  })

  it('keeps the files of different queries apart', async () => {
    const one = await taskData.resolve(`${elsewhere.url}/a.png?version=1`)
    const two = await taskData.resolve(`${elsewhere.url}/a.png?version=2`)
    assert.match(await readFile(one, 'utf8'), /version=1$/)
    assert.match(await readFile(two, 'utf8'), /version=2$/)
  })

  it('writes data: URIs to files', async () => {
    const path = await taskData.resolve('data:image/jpeg;base64,/9j/')
    assert.equal(extname(path), '.jpg')
    assert.deepEqual(await readFile(path), Buffer.from([0xff, 0xd8, 0xff]))
    assert.equal(await taskData.resolve('data:image/jpeg;base64,/9j/'), path)
  })

  it('gives local files where they lie, under its root only', async () => {
    const root = await mkdtemp(join(tmpdir(), 'htx-task-data-root-'))
    await writeFile(join(root, 'cat.png'), 'cat')
    const withRoot = openTaskData({ root })
    assert.equal(await withRoot.resolve('cat.png'), join(root, 'cat.png'))
    await assert.rejects(withRoot.resolve('/etc/passwd'), invalid)
    await assert.rejects(taskData.resolve(join(root, 'cat.png')), invalid)
    await withRoot.close()
    await rm(root, { recursive: true })
  })

  it('says what is missing for values that it cannot fetch', async () => {
    for (const scheme of ['s3', 'gs', 'azure-blob']) {
      await assert.rejects(taskData.resolve(`${scheme}://bucket/cat.png`), {
        ...invalid,
        message: /npm install @/,
      })
    }
    const alone = openTaskData()
    await assert.rejects(alone.resolve('/data/upload/1/a.png'), { ...invalid, message: /LABEL_STUDIO_URL/ })
    await alone.close()
  })

  it('refuses values of no use without showing their secrets', async () => {
    const values = [
      'ftp://user:secret@example.com/cat.png?secret',
      'http://user:secret@example.com/cat.png',
      'http://user:secret@:99999/?secret',
      's3://user:secret@bucket/cat.png?secret',
      '//user@example.com/cat.png?secret',
      'data:image/png;base64,secret*',
      '/data/upload/../../api/users/?secret',
    ]
    for (const value of values) {
      const message = await taskData.resolve(value).then(assert.fail, (error: { code: string; message: string }) => {
        assert.equal(error.code, 'HTX_TASK_DATA_INVALID')
        return error.message
      })
      assert.doesNotMatch(message, /secret/, value)
    }
  })

  it('shares one download among all who ask at the same time', async () => {
    const callers = Array.from({ length: 50 }, () => taskData.resolve(`${elsewhere.url}/held.png`))
    await heldRequests(1)
    held[0]?.end('cat')
    assert.equal(new Set(await Promise.all(callers)).size, 1)
    assert.equal(elsewhere.requests.length, 1)
  })

  it('goes on with a download while one caller waits', async () => {
    const impatient = new AbortController()
    const first = taskData.resolve(`${elsewhere.url}/held.png`, { signal: impatient.signal })
    const second = taskData.resolve(`${elsewhere.url}/held.png`, { signal: new AbortController().signal })
    await heldRequests(1)
    impatient.abort(new Error('enough'))
    await assert.rejects(first, { message: 'enough' })
    held[0]?.end('cat')
    assert.equal(await readFile(await second, 'utf8'), 'cat')
  })

  it('ends a download when all callers have given up', async () => {
    const controllers = [new AbortController(), new AbortController()]
    const callers = controllers.map(({ signal }) => taskData.resolve(`${elsewhere.url}/held.png`, { signal }))
    await heldRequests(1)
    const disconnected = new Promise(resolve => held[0]?.on('close', resolve))
    for (const controller of controllers) controller.abort(new Error('enough'))
    for (const caller of callers) await assert.rejects(caller, { message: 'enough' })
    await disconnected
  })

  it('asks for no more than 16 files at once', async () => {
    const callers = Array.from({ length: 20 }, (_, index) => taskData.resolve(`${elsewhere.url}/held-${index}.png`))
    for (let ended = 0; ended < 20; ended += 1) {
      await heldRequests(Math.min(20, 16 + ended))
      assert.equal(held.length, Math.min(20, 16 + ended))
      held[ended]?.end('cat')
      // They come in any order.
      await callers[Number(elsewhere.requests[ended]?.url?.match(/\d+/)?.[0])]
    }
  })

  it('lets no other download hold up what is urgent', async () => {
    const narrow = openTaskData({ allowAddresses, downloadsAtOnce: 1 })
    const callers = ['held-1', 'held-2'].map(name => narrow.resolve(`${elsewhere.url}/${name}.png`))
    await heldRequests(1)
    const urgent = narrow.resolve(`${elsewhere.url}/held-urgent.png`, { urgent: true })
    await heldRequests(2)
    assert.match(elsewhere.requests[1]?.url ?? '', /urgent/)
    held[1]?.end('cat')
    await urgent
    assert.equal(elsewhere.requests.length, 2)
    held[0]?.end('cat')
    await heldRequests(3)
    held[2]?.end('cat')
    await Promise.all(callers)
    await narrow.close()
  })

  it('fetches again what the limit of the cache drove out', async () => {
    const small = openTaskData({ allowAddresses, cacheLimitBytes: 50 })
    const first = await small.resolve(`${elsewhere.url}/a.png`)
    for (const name of ['b', 'c', 'd']) await small.resolve(`${elsewhere.url}/${name}.png`)
    assert.equal(existsSync(first), false)
    assert.equal(await small.resolve(`${elsewhere.url}/a.png`), first)
    assert.equal(existsSync(first), true)
    await small.close()
  })

  it('keeps files in a cacheDir for the next process', async () => {
    const cacheDir = await mkdtemp(join(tmpdir(), 'htx-task-data-cache-'))
    const before = openTaskData({ allowAddresses, cacheDir })
    const path = await before.resolve(`${elsewhere.url}/a.png`)
    await before.close()
    const after = openTaskData({ allowAddresses, cacheDir })
    assert.equal(await after.resolve(`${elsewhere.url}/a.png`), path)
    assert.equal(elsewhere.requests.length, 1)
    await after.close()
    await rm(cacheDir, { recursive: true })
  })
})

describe('close', () => {
  it('removes its temporary directory, and may be called again', async () => {
    const path = await taskData.resolve('data:,hello')
    assert.equal(existsSync(dirname(dirname(path))), true)
    await Promise.all([taskData.close(), taskData.close()])
    await taskData.close()
    assert.equal(existsSync(dirname(dirname(path))), false)
  })

  it('ends downloads under way and takes no more values', async () => {
    const caller = taskData.resolve(`${elsewhere.url}/held.png`)
    await heldRequests(1)
    const rejected = assert.rejects(caller, { code: 'HTX_DRAINING' })
    await taskData.close()
    await rejected
    await assert.rejects(taskData.resolve('data:,hello'), { code: 'HTX_DRAINING' })
  })
})

describe('options', () => {
  it('are checked at the door', () => {
    const wrong = [
      { cacheLimitBytes: 0 },
      { fileLimitBytes: 1.5 },
      { downloadsAtOnce: 0 },
      { downloadsAtOnce: 1_000 },
      { fileLimitBytes: 100, cacheLimitBytes: 99 },
      { idleTimeoutMs: Number.NaN },
      { timeoutMs: 2 ** 31 },
      { root: '' },
      { caFile: '/nowhere/ca.pem' },
      { allowAddresses: ['10.1'] },
      { allowAddresses: ['10.0.0.0/33'] },
      { allowAddresses: ['intranet'] },
      { labelStudio: { url: 'localhost:8080' } },
    ]
    for (const options of wrong)
      assert.throws(() => openTaskData(options), { code: 'HTX_OPTION_INVALID' }, JSON.stringify(options))
  })
})
