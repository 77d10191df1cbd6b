import assert from 'node:assert/strict'
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, beforeEach, describe, it } from 'node:test'
import { gzipSync } from 'node:zlib'
import { openTaskData } from '../../src/task-data/task-data.ts'
import { type FileServer, serveFiles } from './serve-files.ts'

const unreachable = { code: 'HTX_TASK_DATA_UNREACHABLE' }
const file = Buffer.from(Array.from({ length: 100_000 }, (_, at) => at % 251))

/** How a server behaves that loses connections. */
interface Behaviour {
  /** Bytes that each answer gives before the connection breaks. */
  readonly breaksAfter: number
  /** Answers that break; the ones after them are whole. */
  readonly breaks: number
  readonly etag?: (request: number) => string
  readonly lastModified?: string
  /** Most bytes of a part that was asked for. */
  readonly window?: number
  readonly ignoresRange?: boolean
  readonly ignoresIfRange?: boolean
  readonly contentRange?: (start: number) => string
  readonly chunked?: boolean
  readonly gzip?: boolean
}

let server: FileServer
let behaviour: Behaviour
let served: number
let cacheDir: string

before(async () => {
  server = await serveFiles(answer)
  cacheDir = await mkdtemp(join(tmpdir(), 'htx-resume-'))
})
after(async () => {
  await server.close()
  await rm(cacheDir, { recursive: true })
})
beforeEach(() => {
  served = 0
})

function answer(request: IncomingMessage, response: ServerResponse): void {
  served += 1
  const etag = behaviour.etag?.(served)
  const { range, 'if-range': ifRange } = request.headers
  const isSame = ifRange === etag || (behaviour.lastModified !== undefined && ifRange === behaviour.lastModified)
  const isPart = range !== undefined && (isSame || behaviour.ignoresIfRange === true) && behaviour.ignoresRange !== true
  const start = isPart ? Number(/^bytes=(\d+)-$/.exec(range)?.[1]) : 0
  const end = isPart ? Math.min(file.length, start + (behaviour.window ?? file.length)) : file.length
  const bytes = behaviour.gzip === true ? gzipSync(file) : file.subarray(start, end)
  if (etag !== undefined) response.setHeader('etag', etag)
  if (behaviour.lastModified !== undefined) response.setHeader('last-modified', behaviour.lastModified)
  if (behaviour.gzip === true) response.setHeader('content-encoding', 'gzip')
  if (behaviour.chunked !== true) response.setHeader('content-length', bytes.length)
  if (isPart) {
    const said = behaviour.contentRange?.(start) ?? `bytes ${start}-${end - 1}/${file.length}`
    response.writeHead(206, { 'content-range': said })
  }
  if (served > behaviour.breaks) response.end(bytes)
  else response.write(bytes.subarray(0, behaviour.breaksAfter), () => response.destroy())
}

/** @returns the file that came, and what was asked for */
async function fetchFile(given: Behaviour): Promise<{ bytes: Buffer; ranges: (string | undefined)[] }> {
  behaviour = given
  await using taskData = openTaskData({ allowAddresses: ['127.0.0.1'] })
  const from = server.requests.length
  const bytes = await readFile(await taskData.resolve(`${server.url}/a.bin`))
  return { bytes, ranges: server.requests.slice(from).map(({ headers }) => headers.range) }
}

const etag = () => '"one"'

describe('a download that breaks off', () => {
  it('goes on where it was, as long as the file is the same', async () => {
    for (const validator of [{ etag }, { lastModified: 'Wed, 21 Oct 2025 07:28:00 GMT' }]) {
      served = 0
      const { bytes, ranges } = await fetchFile({ breaksAfter: 30_000, breaks: 3, ...validator })
      assert.ok(bytes.equals(file))
      assert.equal(ranges.length, 4)
      assert.equal(ranges[0], undefined)
      for (const range of ranges.slice(1)) assert.match(range ?? '', /^bytes=\d+-$/)
    }
  })

  it('takes parts that are smaller than asked for, as Label Studio gives them', async () => {
    const { bytes, ranges } = await fetchFile({ breaksAfter: 10_000, breaks: 1, etag, window: 8_192 })
    assert.ok(bytes.equals(file))
    assert.ok(ranges.length > 10)
  })

  it('starts anew when the file has changed, or the server gives it only whole', async () => {
    const changed = await fetchFile({ breaksAfter: 30_000, breaks: 1, etag: request => `"${request}"` })
    assert.ok(changed.bytes.equals(file))
    served = 0
    const whole = await fetchFile({ breaksAfter: 30_000, breaks: 1, etag, ignoresRange: true })
    assert.ok(whole.bytes.equals(file))
  })

  it('is given up after five breaks', async () => {
    await assert.rejects(fetchFile({ breaksAfter: 1_000, breaks: 99, etag }), unreachable)
    assert.equal(served, 6)
  })

  it('is given up at once when nothing says that the rest would be of the same file', async () => {
    const cases: Partial<Behaviour>[] = [
      {},
      { etag: () => 'W/"weak"' },
      { etag, gzip: true },
      // As young as the answer, however long the cases before took.
      { lastModified: new Date(Date.now() + 60_000).toUTCString() },
    ]
    for (const given of cases) {
      served = 0
      await assert.rejects(fetchFile({ breaksAfter: 40, breaks: 1, ...given }), unreachable)
      assert.equal(served, 1)
    }
  })

  it('is given up when the server answers with another part', async () => {
    const wrong = ['bytes 0-99999/100000', 'bytes 30000-99999/200000', 'bytes 30000-99999/*x', 'nonsense']
    for (const contentRange of wrong) {
      served = 0
      const fetched = fetchFile({ breaksAfter: 30_000, breaks: 1, etag, contentRange: () => contentRange })
      await assert.rejects(fetched, unreachable, contentRange)
    }
  })

  it('is given up when the server gives a part of a file that has changed', async () => {
    const changing = (request: number) => `"${request}"`
    const fetched = fetchFile({ breaksAfter: 30_000, breaks: 1, etag: changing, ignoresIfRange: true })
    await assert.rejects(fetched, unreachable)
  })

  it('leaves nothing behind', async () => {
    behaviour = { breaksAfter: 1_000, breaks: 99 }
    await using taskData = openTaskData({ cacheDir, allowAddresses: ['127.0.0.1'] })
    await assert.rejects(taskData.resolve(`${server.url}/a.bin`), unreachable)
    assert.deepEqual(await readdir(cacheDir), [])
  })
})
