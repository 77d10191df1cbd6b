import assert from 'node:assert/strict'
import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { afterEach, describe, it } from 'node:test'
import { ModelStore } from '@htx/core'
import { initModelServer } from '@htx/server'
import { eventually, labelConfig, resultsOf, startServer, type TestServer } from '../support/model-server.ts'
import { withTempDirectory } from '../support/temp-directory.ts'

const stages = ['queue', 'resolve', 'model', 'check', 'total'] as const
const dropReasons = ['HTX_WORKER_LOST', 'HTX_VERSION_UNAVAILABLE', 'HTX_DRAINING', 'HTX_INTERNAL'] as const

let server: TestServer

afterEach(() => server.close())

/** By series, as `name{label="value"}`. */
type Figures = ReadonlyMap<string, number>

async function figures(): Promise<Figures> {
  return read(await (await fetch(`${server.url}/metrics`)).text())
}

function read(text: string): Figures {
  const lines = text.split('\n').filter(line => line !== '' && !line.startsWith('#'))
  return new Map(
    lines.map(line => {
      const end = line.lastIndexOf(' ')
      return [line.slice(0, end), Number(line.slice(end + 1))]
    }),
  )
}

const dropped = (all: Figures) => dropReasons.map(reason => all.get(`htx_requests_dropped_total{reason="${reason}"}`))

const stage = (all: Figures, name: string) => all.get(`htx_predict_stage_seconds_sum{stage="${name}"}`) ?? Number.NaN

async function publish(resources: object, project = 'default'): Promise<string> {
  const store = await ModelStore.open(server.modelsDir)
  const { version } = await store.publish(await store.stage(project), { resources })
  await eventually(
    async () => resultsOf(await server.predict(['fine'])),
    ({ model_version }) => model_version === version,
  )
  return version
}

const busy = (all: Figures) => all.get('htx_slots{state="busy"}') === 1

describe('the time split of /metrics', () => {
  it('says where the time of a request went', async () => {
    server = await startServer('scripted.ts', { workers: 1 })
    await resultsOf(await server.predict(['pause 100', 'bad']))
    const all = await figures()
    assert.ok(stage(all, 'model') >= 0.09, `model ${stage(all, 'model')}`)
    assert.ok(stage(all, 'check') > 0)
    assert.ok(stage(all, 'queue') >= 0)
    assert.equal(stage(all, 'resolve'), 0)
    const parts = stage(all, 'queue') + stage(all, 'model') + stage(all, 'check')
    assert.ok(stage(all, 'total') >= parts, `total ${stage(all, 'total')}, parts ${parts}`)
    assert.ok(stage(all, 'check') < stage(all, 'model'))
    for (const name of stages) {
      assert.equal(all.get(`htx_predict_stage_seconds_count{stage="${name}"}`), 1)
      assert.equal(all.get(`htx_predict_stage_seconds_bucket{stage="${name}",le="+Inf"}`), 1)
      assert.equal(all.get(`htx_predict_stage_seconds_bucket{stage="${name}",le="90"}`), 1)
    }
    assert.equal(all.get('htx_predict_stage_seconds_bucket{stage="model",le="0.05"}'), 0)
  })

  it('counts the wait for a slot, and leaves it out of the time in the model', async () => {
    server = await startServer('scripted.ts', { workers: 1, batchTasks: 1 })
    const answers = await Promise.all(Array.from({ length: 3 }, () => server.predict(['pause 200'])))
    for (const answer of answers) await resultsOf(answer)
    const all = await figures()
    // The second waits for one, the third for two, less what they came later.
    assert.ok(stage(all, 'queue') >= 0.2, `queue ${stage(all, 'queue')}`)
    assert.ok(stage(all, 'total') >= stage(all, 'queue') + stage(all, 'model'))
  })

  it('has the wait for files apart from the model', async () => {
    const files = createServer((_, response) => response.end('content'))
    files.listen(0, '127.0.0.1')
    await once(files, 'listening')
    const image = `http://127.0.0.1:${(files.address() as AddressInfo).port}/a`
    try {
      server = await startServer('file-reader.ts', { workers: 1, allowAddresses: ['127.0.0.0/8'] })
      const label_config = '<View><Image name="image" value="$image"/><TextArea name="text" toName="image"/></View>'
      await resultsOf(await server.post('/predict', { tasks: [{ data: { image } }], label_config }))
      const all = await figures()
      assert.ok(stage(all, 'resolve') > 0)
      assert.ok(stage(all, 'model') > 0)
      assert.equal(all.get('htx_predict_requests_total{project="",version="initial"}'), 1)
    } finally {
      files.close()
      files.closeAllConnections()
    }
  })

  it('is there by project and version, too', async () => {
    server = await startServer('scripted.ts', { workers: 1 })
    for (const project of ['12.1', '12.1', '13.1']) await resultsOf(await server.predict(['fine', 'fine'], { project }))
    const all = await figures()
    assert.equal(all.get('htx_predict_requests_total{project="12",version="initial"}'), 2)
    assert.equal(all.get('htx_predict_requests_total{project="13",version="initial"}'), 1)
    assert.equal(all.get('htx_tasks_total{version="initial"}'), 6)
    for (const name of stages) {
      const [one, other] = ['12', '13'].map(project =>
        all.get(`htx_predict_stage_seconds_total{stage="${name}",project="${project}",version="initial"}`),
      )
      assert.ok(Math.abs((one as number) + (other as number) - stage(all, name)) < 1e-9, name)
    }
  })

  it('keeps the number of its series bounded, however many projects ask', async () => {
    server = await startServer('scripted.ts', { workers: 1 })
    const ask = (project: number) => server.predict(['fine'], { project: `${project}.1` })
    await Promise.all(Array.from({ length: 300 }, (_, project) => ask(project)))
    await Promise.all(Array.from({ length: 20 }, (_, project) => ask(1000 + project)))
    const all = await figures()
    const own = [...all.keys()].filter(series => series.startsWith('htx_predict_requests_total'))
    assert.equal(own.length, 301)
    assert.equal(all.get('htx_predict_requests_total{project="other",version="other"}'), 20)
    assert.equal(all.get('htx_predict_stage_seconds_count{stage="total"}'), 320)
  })

  it('says how long a version took to load, and forgets it when it is unloaded', async () => {
    server = await startServer('scripted.ts', { workers: 2 })
    assert.ok((await figures()).has('htx_version_load_seconds{project="",version="initial"}'))
    const first = await publish({ loadMs: 50 })
    const loaded = await figures()
    assert.ok((loaded.get(`htx_version_load_seconds{project="default",version="${first}"}`) as number) >= 0.05)
    assert.ok(loaded.has(`htx_predict_requests_total{project="12",version="${first}"}`))
    assert.equal(loaded.get('htx_version_swaps_total'), 2)
    const second = await publish({})
    const versionsIn = (all: Figures) => [...all.keys()].join('\n')
    const all = await eventually(figures, now => !versionsIn(now).includes(first))
    assert.ok(all.has(`htx_version_load_seconds{project="default",version="${second}"}`))
    assert.doesNotMatch(versionsIn(all), /initial/)
    assert.equal(all.get('htx_version_swaps_total'), 3)
  })
})

describe('runs', () => {
  it('are measured in tasks and in requests', async () => {
    server = await startServer('scripted.ts', { workers: 1 })
    const first = server.predict(['pause 200'])
    await eventually(figures, busy)
    const others = Array.from({ length: 4 }, () => server.predict(['fine', 'fine']))
    await Promise.all([first, ...others])
    const all = await figures()
    assert.equal(all.get('htx_batch_tasks_sum'), 9)
    assert.equal(all.get('htx_batch_requests_sum'), 5)
    assert.equal(all.get('htx_batch_requests_count'), all.get('htx_batch_tasks_count'))
    assert.ok((all.get('htx_batch_requests_count') as number) < 5)
  })
})

describe('requests that the server drops', () => {
  it('are none from the start, none over swaps, and none when a lost worker is replaced', async () => {
    server = await startServer('scripted.ts', { workers: 2 })
    assert.deepEqual(dropped(await figures()), [0, 0, 0, 0])
    let stop = false
    const clients = Array.from({ length: 4 }, async () => {
      while (!stop) await resultsOf(await server.predict(['fine']))
    })
    for (let round = 0; round < 3; round += 1) await publish({ loadMs: 20 })
    stop = true
    await Promise.all(clients)
    const { results } = await resultsOf(await server.predict(['fine', 'exit', 'fine']))
    assert.equal(results.length, 3)
    const all = await figures()
    assert.ok((all.get('htx_slot_events_total{event="slot-lost"}') as number) >= 1)
    assert.deepEqual(dropped(all), [0, 0, 0, 0])
  })

  it('are not those that were refused, that took too long, that the model failed or whose client went', async () => {
    server = await startServer('scripted.ts', { workers: 1, batchTasks: 1, queueTasks: 2, predictTimeoutMs: 1_000 })
    const answers = await Promise.all(Array.from({ length: 6 }, () => server.predict(['pause 300'])))
    assert.ok(answers.some(({ status }) => status === 429))
    assert.equal((await server.predict(['pause 60000'])).status, 504)
    assert.equal((await server.predict(['throw'])).status, 500)
    const controller = new AbortController()
    const body = JSON.stringify({ tasks: [{ data: { text: 'pause 60000' } }], label_config: labelConfig })
    const gone = fetch(`${server.url}/predict`, { method: 'POST', body, signal: controller.signal })
    await eventually(figures, busy)
    controller.abort()
    await assert.rejects(gone)
    const all = await eventually(figures, now => !busy(now))
    assert.deepEqual(dropped(all), [0, 0, 0, 0])
  })

  it('are those that cost too many workers', async () => {
    server = await startServer('scripted.ts', { workers: 1 })
    const response = await server.predict(['exit', 'exit', 'exit'])
    assert.equal(response.status, 500)
    assert.equal(((await response.json()) as { code: string }).code, 'HTX_WORKER_LOST')
    assert.deepEqual(dropped(await figures()), [1, 0, 0, 0])
  })

  it('are those that the end of the server cuts off', () =>
    withTempDirectory(async directory => {
      server = await startServer('scripted.ts')
      const closing = await initModelServer({
        model: new URL('../models/scripted.ts', import.meta.url),
        modelsDir: join(directory, 'models'),
        workers: 1,
        drainTimeoutMs: 1,
        logLevel: 'silent',
      })
      let url = ''
      const metrics = async () => read(await (await fetch(`${url}/metrics`)).text())
      let last: Figures = new Map()
      closing.app.addHook('preClose', async () => {
        last = await metrics()
      })
      url = await closing.listen({ port: 0, host: '127.0.0.1' })
      const body = JSON.stringify({ tasks: [{ data: { text: 'pause 60000' } }], label_config: labelConfig })
      const cut = fetch(`${url}/predict`, { method: 'POST', body })
      await eventually(metrics, busy)
      await closing.close()
      assert.equal((await cut).status, 503)
      assert.deepEqual(dropped(last), [0, 0, 1, 0])
    }))
})

describe('docs/operations.md', () => {
  it('names no metric that is not there', async () => {
    server = await startServer('scripted.ts', { workers: 1 })
    await resultsOf(await server.predict(['fine']))
    const text = await (await fetch(`${server.url}/metrics`)).text()
    const there = new Set([...text.matchAll(/^# TYPE (\S+)/gm)].map(([, name]) => name))
    const page = await readFile(new URL('../../docs/operations.md', import.meta.url), 'utf8')
    const named = [...page.matchAll(/\b(?:htx|process|nodejs)_[a-z0-9_]+/g)].map(([name]) =>
      name.replace(/_(bucket|sum|count)$/, ''),
    )
    assert.ok(named.includes('process_resident_memory_bytes'))
    for (const name of named.filter(name => !name.endsWith('_'))) assert.ok(there.has(name), name)
  })
})
