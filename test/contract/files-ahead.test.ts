import assert from 'node:assert/strict'
import { EventEmitter, once } from 'node:events'
import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, beforeEach, describe, it } from 'node:test'
import type { Worker } from 'node:worker_threads'
import { openModel, type Prediction, type Region } from '@htx/core'
import { type ModelPool, type OpenPoolOptions, openPool } from '@htx/server'

const model = new URL('../models/file-reader.ts', import.meta.url)
const labelConfig = '<View><Image name="image" value="$image"/><TextArea name="text" toName="image"/></View>'
const allowAddresses = ['127.0.0.0/8']

/** Holds every answer back until the test gives it. */
class HeldFiles {
  readonly asked: string[] = []
  readonly #held = new Map<string, ServerResponse[]>()
  readonly #events = new EventEmitter()
  readonly #server = createServer((request, response) => {
    const name = (request.url ?? '').slice(1)
    this.asked.push(name)
    if (name.startsWith('missing')) {
      response.writeHead(404).end()
      return
    }
    this.#held.set(name, [...(this.#held.get(name) ?? []), response])
    this.#events.emit('asked')
  })
  url = ''

  async open(): Promise<void> {
    this.#server.listen(0, '127.0.0.1')
    await once(this.#server, 'listening')
    this.url = `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/`
  }

  /** The next answer to wait for a file of that name. */
  async take(name: string): Promise<ServerResponse> {
    for (;;) {
      const response = this.#held.get(name)?.shift()
      if (response !== undefined) return response
      await once(this.#events, 'asked')
    }
  }

  async give(name: string): Promise<void> {
    const response = await this.take(name)
    response.end(`content of ${name}`)
  }

  async close(): Promise<void> {
    const closed = once(this.#server, 'close')
    this.#server.close()
    this.#server.closeAllConnections()
    await closed
  }
}

/** What a pool says of itself. */
class PoolEvents {
  readonly #seen: string[] = []
  readonly #events = new EventEmitter()

  readonly hear = (event: { readonly kind: string; readonly [detail: string]: unknown }): void => {
    const { kind, message, fields } = event
    this.#seen.push(kind === 'log' ? `${message} ${(fields as { id: unknown }).id}` : kind)
    this.#events.emit('seen')
  }

  /** Waits for the next of a kind, those that were waited for left out. */
  async next(what: string): Promise<void> {
    for (;;) {
      const place = this.#seen.indexOf(what)
      if (place >= 0) {
        this.#seen.splice(place, 1)
        return
      }
      await once(this.#events, 'seen')
    }
  }
}

let files: HeldFiles
let events: PoolEvents
let pool: ModelPool
const workers: Worker[] = []
const rememberWorker = (worker: Worker) => void workers.push(worker)

async function open(options: Partial<OpenPoolOptions> = {}): Promise<void> {
  pool = await openPool({ model, workers: 1, allowAddresses, onEvent: events.hear, ...options })
  await events.next('fetcher-opened')
}

const tasksOf = (...names: string[]) => names.map((name, id) => ({ id, data: { image: files.url + name } }))

const predict = (names: readonly string[], options: { params?: object; signal?: AbortSignal } = {}) =>
  pool.predict(tasksOf(...names), { labelConfig, ...options } as Parameters<ModelPool['predict']>[1])

const textsOf = (predictions: readonly Prediction[][]) =>
  predictions
    .map(([first]) => (first?.result[0] as Region | undefined)?.value.text)
    .map(texts => (texts as string[] | undefined)?.[0])

beforeEach(async () => {
  files = new HeldFiles()
  events = new PoolEvents()
  workers.length = 0
  process.on('worker', rememberWorker)
  await files.open()
})
afterEach(async () => {
  process.off('worker', rememberWorker)
  await pool.close()
  await files.close()
})

describe('files that are fetched before their tasks take a slot', () => {
  it('come while others are predicted, in whatever order', async () => {
    await open()
    const answer = predict(['a', 'b', 'c', 'd'])
    await files.give('b')
    await events.next('predicting 1')
    await files.give('d')
    await events.next('predicting 3')
    await files.give('a')
    await events.next('predicting 0')
    await files.give('c')
    const { predictions, rejections } = await answer
    assert.deepEqual(textsOf(predictions), ['content of a', 'content of b', 'content of c', 'content of d'])
    assert.deepEqual(rejections, [])
  })

  it('leave the slot to a request whose file is there', async () => {
    await open({ batchTasks: 1 })
    const slow = predict(['slow'])
    const held = await files.take('slow')
    const quick = predict(['quick'])
    await files.give('quick')
    assert.deepEqual(textsOf((await quick).predictions), ['content of quick'])
    held.end('at last')
    assert.deepEqual(textsOf((await slow).predictions), ['at last'])
  })

  it('come once for all requests that need them', async () => {
    await open({ workers: 2 })
    const one = predict(['shared'])
    const held = await files.take('shared')
    const other = predict(['shared', 'marker'])
    const marker = await files.take('marker')
    held.end('both')
    marker.end('marker')
    assert.deepEqual(textsOf((await one).predictions), ['both'])
    assert.deepEqual(textsOf((await other).predictions), ['both', 'marker'])
    assert.deepEqual(files.asked, ['shared', 'marker'])
  })

  it('come in turns for requests, those of people who wait first', async () => {
    await open({ downloadsAtOnce: 1 })
    const large = predict(['0', '1', '2', '3', '4', '5'])
    const first = await files.take('0')
    const small = predict(['small'])
    const urgent = predict(['urgent'], { params: { context: { result: [] } } })
    await files.give('urgent')
    assert.deepEqual(textsOf((await urgent).predictions), ['content of urgent'])
    first.end('content of 0')
    for (const name of ['1', '2', '3', '4', '5', 'small']) void files.give(name)
    await Promise.all([large, small])
    assert.ok(files.asked.indexOf('small') < files.asked.indexOf('4'), files.asked.join(' '))
  })

  it('come no further ahead than the cache can hold, while slots are busy', async () => {
    await open({ downloadsAtOnce: 1, cacheLimitBytes: 100 })
    const busy = pool.predict([{ id: 9, data: { image: 'data:,x', other: `${files.url}other` } }], { labelConfig })
    const other = await files.take('other')
    const names = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h']
    const answer = predict(names)
    for (const name of names.slice(0, 6)) await files.give(name)
    const urgent = predict(['urgent'], { params: { context: { result: [] } } })
    await files.give('urgent')
    assert.equal(files.asked.includes('g'), false)
    other.end('other')
    for (const name of names.slice(6)) await files.give(name)
    assert.deepEqual(
      textsOf((await answer).predictions),
      names.map(name => `content of ${name}`),
    )
    await Promise.all([busy, urgent])
  })

  it('are not fetched further once the client has gone', async () => {
    await open()
    const client = new AbortController()
    const answer = predict(['a'], { signal: client.signal })
    const held = await files.take('a')
    const ended = once(held, 'close')
    client.abort()
    await assert.rejects(answer, { code: 'HTX_REQUEST_CANCELLED' })
    await ended
  })

  it('count against the limit of the queue from admission on', async () => {
    await open({ queueTasks: 2 })
    const client = new AbortController()
    const answer = predict(['a', 'b'], { signal: client.signal })
    await files.take('a')
    await assert.rejects(predict(['c']), { code: 'HTX_QUEUE_FULL' })
    client.abort()
    await assert.rejects(answer, { code: 'HTX_REQUEST_CANCELLED' })
    const next = predict(['c', 'd'])
    await Promise.all([files.give('c'), files.give('d')])
    assert.deepEqual(textsOf((await next).predictions), ['content of c', 'content of d'])
  })

  it('count against the deadline', async () => {
    await open({ predictTimeoutMs: 5_000 })
    const answer = assert.rejects(predict(['a']), { code: 'HTX_DEADLINE_EXCEEDED' })
    await once(await files.take('a'), 'close')
    await answer
  })

  it('end with the pool', async () => {
    await open()
    const answer = assert.rejects(predict(['a']), { code: 'HTX_DRAINING' })
    const ended = once(await files.take('a'), 'close')
    await pool.close()
    await answer
    await ended
  })

  it('are refused in the same words, each at the cost of its own task', async () => {
    await open({ allowAddresses: [`127.0.0.1/32`] })
    const tasks = [
      ...tasksOf('missing.png', 'a'),
      { id: 2, data: { image: 'http://127.0.0.2:1/a.png' } },
      { id: 3, data: { image: 12 } },
      { data: { picture: 'a' } },
      { id: 5, data: { image: '/etc/passwd' } },
    ]
    const answer = pool.predict(tasks, { labelConfig })
    await files.give('a')
    const { predictions, rejections } = await answer
    assert.deepEqual(textsOf(predictions), [undefined, 'content of a', ...new Array(4).fill(undefined)])
    await using alone = await openModel({ model, taskData: { allowAddresses: ['127.0.0.1/32'] } })
    const own = alone.predict(tasks, { labelConfig })
    await files.give('a')
    const words = (await own).flatMap(({ rejection }) => rejection ?? [])
    const byMessage = (one: { message: string }, other: { message: string }) => (one.message < other.message ? -1 : 1)
    assert.equal(words.length, 5)
    assert.deepEqual([...rejections].sort(byMessage), words.sort(byMessage))
  })

  it('leave what is wrong with a request to be said as ever', async () => {
    await open()
    await assert.rejects(pool.predict(tasksOf('a'), { labelConfig: '<View><Text name="t" value="$t"/></View>' }), {
      code: 'HTX_LABEL_CONFIG_UNFIT',
    })
    await assert.rejects(pool.predict([{ id: 1 } as never], { labelConfig }), { code: 'HTX_REQUEST_INVALID' })
    assert.deepEqual(files.asked, [])
  })
})

describe('the thread that fetches', () => {
  it('may be lost: workers fetch for themselves, until another is there', async () => {
    await open()
    const answer = predict(['a', 'b'])
    await files.give('a')
    await events.next('predicting 0')
    await files.take('b')
    // The first thread was the first slot; the thread that fetches follows it.
    await (workers[1] as Worker).terminate()
    await events.next('fetcher-lost')
    await files.give('b')
    assert.deepEqual(textsOf((await answer).predictions), ['content of a', 'content of b'])
    await events.next('fetcher-opened')
    const later = predict(['c', 'd'])
    await files.give('c')
    await events.next('predicting 0')
    await files.give('d')
    assert.deepEqual(textsOf((await later).predictions), ['content of c', 'content of d'])
  })
})
