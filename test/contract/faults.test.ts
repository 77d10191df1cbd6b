import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { eventually, resultsOf, startServer, type TestServer } from '../support/model-server.ts'
import { withTempDirectory } from '../support/temp-directory.ts'

describe('what a worker may do without harm', () => {
  let server: TestServer
  before(async () => {
    server = await startServer('scripted.ts', { workers: 2, predictTimeoutMs: 60_000, workerMemoryMb: 64 })
  })
  after(() => server.close())

  it('answers the other tasks when a task ends its worker', async () => {
    const { results } = await resultsOf(await server.predict(['fine', 'exit', 'fine']))
    assert.deepEqual(results.map(Array.isArray), [false, true, false])
  })

  it('gives up the task alone whose model threw in the callback that it waits for', async () => {
    const { results } = await resultsOf(await server.predict(['fine', 'throw-in-callback', 'fine']))
    assert.deepEqual(results, [results[0], [], results[2]])
    assert.notDeepEqual(results[0], [])
    assert.notDeepEqual(results[2], [])
  })

  it('is back at full strength after a worker was lost', async () => {
    const ready = async () =>
      (await (await fetch(`${server.url}/readyz?verbose`)).json()) as { slots: { serving: number; spare: number } }
    await eventually(ready, ({ slots }) => slots.serving === 2 && slots.spare === 1)
  })

  it('fails no other request when a worker is lost', async () => {
    const others = Array.from({ length: 40 }, () => server.predict(['fine']))
    const lost = server.predict(['exit'])
    for (const response of await Promise.all(others)) assert.equal(response.status, 200)
    assert.equal((await lost).status, 500)
  })

  it('replaces a worker that runs out of memory', {
    skip: 'bun' in process.versions ? 'Bun has no memory limit for workers' : false,
  }, async () => {
    const [full, fine] = await Promise.all([server.predict(['fill']), server.predict(['fine'])])
    assert.equal(full.status, 500)
    assert.equal(fine.status, 200)
  })
})

describe('limits', () => {
  it('answers 504 at the deadline and replaces the worker that hangs', async () => {
    const server = await startServer('scripted.ts', { workers: 1, predictTimeoutMs: 500 })
    try {
      const hung = await server.predict(['spin'])
      assert.equal(hung.status, 504)
      assert.match(hung.statusText, /no answer within 500 ms/)
      const answer = await eventually(
        () => server.predict(['fine']),
        ({ status }) => status === 200,
      )
      assert.equal((await resultsOf(answer)).results.length, 1)
    } finally {
      await server.close()
    }
  })

  it('lets a worker that is given up end itself between two steps, as native code may not be interrupted', () =>
    withTempDirectory(async directory => {
      const marker = join(directory, 'ended')
      const server = await startServer('scripted.ts', { workers: 1, predictTimeoutMs: 500 })
      try {
        assert.equal((await server.predict([`linger ${marker}`])).status, 504)
        await eventually(async () => existsSync(marker), Boolean)
      } finally {
        await server.close()
      }
    }))

  it('answers 429 with retry-after when the queue is full, and still answers what it took', async () => {
    const server = await startServer('scripted.ts', { workers: 1, queueTasks: 2, batchTasks: 1 })
    try {
      const responses = await Promise.all(Array.from({ length: 12 }, () => server.predict(['pause 100'])))
      const refused = responses.filter(({ status }) => status === 429)
      assert.ok(refused.length > 0)
      assert.ok(refused.every(({ headers }) => headers.get('retry-after') !== null))
      assert.equal(responses.length, refused.length + responses.filter(({ status }) => status === 200).length)
    } finally {
      await server.close()
    }
  })

  it('answers 413 to a body over the limit', async () => {
    const server = await startServer('scripted.ts', { bodyLimitBytes: 1_000 })
    try {
      const response = await server.predict(['x'.repeat(2_000)])
      assert.equal(response.status, 413)
      assert.match(response.statusText, /larger than 1000 bytes/)
    } finally {
      await server.close()
    }
  })

  it('never dispatches what waits for a client that has gone', async () => {
    const server = await startServer('scripted.ts', { workers: 1, batchTasks: 1 })
    try {
      const controller = new AbortController()
      const busy = server.predict(['pause 300'])
      const body = JSON.stringify({
        tasks: [{ data: { text: 'exit' } }],
        label_config: (await import('../support/model-server.ts')).labelConfig,
      })
      const gone = fetch(`${server.url}/predict`, { method: 'POST', body, signal: controller.signal }).catch(
        error => error,
      )
      await eventually(
        async () => (await fetch(`${server.url}/metrics`)).text(),
        text => text.includes('htx_queue_tasks 1'),
      )
      controller.abort()
      await gone
      assert.equal((await busy).status, 200)
      assert.equal((await server.predict(['fine'])).status, 200)
      const metrics = await (await fetch(`${server.url}/metrics`)).text()
      assert.doesNotMatch(metrics, /htx_slot_events_total\{event="slot-lost"\}/)
    } finally {
      await server.close()
    }
  })

  it('lets an interactive request overtake batch work', async () => {
    const server = await startServer('scripted.ts', { workers: 1, batchTasks: 1 })
    try {
      const order: string[] = []
      const batch = server.predict(Array.from({ length: 20 }, () => 'pause 20')).then(() => order.push('batch'))
      const interactive = server
        .predict(['fine'], { params: { context: { result: [] } } })
        .then(() => order.push('interactive'))
      await Promise.all([batch, interactive])
      assert.deepEqual(order, ['interactive', 'batch'])
    } finally {
      await server.close()
    }
  })

  it('asks for credentials when it has some, and takes the right ones only', async () => {
    const server = await startServer('scripted.ts', { basicAuth: { user: 'ann', password: 'secret' } })
    try {
      assert.equal((await fetch(`${server.url}/health`)).status, 401)
      const wrong = { authorization: `Basic ${btoa('ann:wrong')}` }
      assert.equal((await fetch(`${server.url}/health`, { headers: wrong })).status, 401)
      const right = { authorization: `Basic ${btoa('ann:secret')}` }
      assert.equal((await fetch(`${server.url}/health`, { headers: right })).status, 200)
    } finally {
      await server.close()
    }
  })

  it('answers what is under way before it ends, and has others take their connections away', async () => {
    const server = await startServer('scripted.ts', { workers: 1 })
    const slow = server.predict(['pause 2000'])
    await eventually(
      async () => (await fetch(`${server.url}/metrics`)).text(),
      text => text.includes('htx_slots{state="busy"} 1'),
    )
    const closed = server.close()
    const refused = await server.predict(['fine'])
    assert.equal(refused.status, 503)
    assert.equal(refused.headers.get('connection'), 'close')
    await closed
    assert.equal((await slow).status, 200)
    await assert.rejects(server.predict(['fine']))
  })
})
