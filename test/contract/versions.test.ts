import assert from 'node:assert/strict'
import { mkdir, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { ModelStore } from '@htx/core'
import { eventually, resultsOf, startServer, type TestServer } from '../support/model-server.ts'

async function publish(server: TestServer, resources: object, project = 'default'): Promise<string> {
  const store = await ModelStore.open(server.modelsDir)
  const staged = await store.stage(project)
  const { version } = await store.publish(staged, { resources })
  return version
}

async function serves(server: TestServer, version: string, project?: string): Promise<void> {
  await eventually(
    async () => resultsOf(await server.predict(['fine'], project === undefined ? {} : { project })),
    ({ model_version }) => model_version === version,
  )
}

describe('model versions', () => {
  let server: TestServer
  before(async () => {
    server = await startServer('scripted.ts', { workers: 2 })
  })
  after(() => server.close())

  it('goes live with a version that is dropped into the models directory', async () => {
    const version = await publish(server, { score: 0.7 })
    await serves(server, version)
    const { results } = await resultsOf(await server.predict(['fine']))
    assert.equal((results[0] as { score: number }).score, 0.7)
    const setup = (await (await server.post('/setup', { project: '12.1', schema: '<View/>' })).json()) as {
      model_version: string
    }
    assert.equal(setup.model_version, version)
  })

  it('is set up for projects that have no label config yet: none, an empty text, or the empty one of new projects', async () => {
    for (const schema of [undefined, null, '', ' \n', '<View></View>']) {
      const response = await server.post('/setup', { project: '79.1', schema })
      assert.equal(response.status, 200, JSON.stringify(schema))
    }
    assert.equal((await server.post('/setup', { project: '79.1', schema: '<View>' })).status, 422)
  })

  it('serves a project its own version and the others that of default', async () => {
    const own = await publish(server, { score: 0.8 }, '77')
    await serves(server, own, '77.1700000000')
    const { model_version } = await resultsOf(await server.predict(['fine'], { project: '78.1' }))
    assert.notEqual(model_version, own)
  })

  it('keeps answering with the old version when the new one fails to load, and says why', async () => {
    const { model_version: before } = await resultsOf(await server.predict(['fine']))
    const bad = await publish(server, { failLoad: true })
    const { versions } = await eventually(
      async () =>
        (await (await fetch(`${server.url}/api/versions`)).json()) as {
          versions: { version: string; state: string; reason?: string }[]
        },
      answer => answer.versions.some(({ version, state }) => version === bad && state === 'failed'),
    )
    assert.match(versions.find(({ version }) => version === bad)?.reason ?? '', /weights are not what they should be/)
    assert.equal((await resultsOf(await server.predict(['fine']))).model_version, before)
    const ready = await fetch(`${server.url}/readyz?verbose`)
    assert.equal(ready.status, 200)
    assert.match(await ready.text(), /weights are not/)
  })

  it('ignores half a version and survives a corrupt one', async () => {
    const half = join(server.modelsDir, 'default', 'zz-half')
    await mkdir(half, { recursive: true })
    await writeFile(join(half, 'weights.bin'), 'x')
    const corrupt = join(server.modelsDir, 'default', '.corrupt')
    await mkdir(corrupt)
    await writeFile(join(corrupt, 'manifest.json'), '{"format": 1')
    await rename(corrupt, join(server.modelsDir, 'default', 'zz-corrupt'))
    const next = await publish(server, { score: 0.9 })
    await serves(server, next)
  })

  it('goes on when the models directory is deleted, and sees what is put back', async () => {
    const { model_version: before } = await resultsOf(await server.predict(['fine']))
    await rm(server.modelsDir, { recursive: true })
    assert.equal((await resultsOf(await server.predict(['fine']))).model_version, before)
    await mkdir(server.modelsDir)
    const next = await publish(server, { score: 0.95 })
    await serves(server, next)
  })
})

describe('swaps under load', () => {
  it('loses no request over many versions, with slow loads and one worker', async () => {
    const server = await startServer('scripted.ts', { workers: 1 })
    try {
      let stop = false
      let answered = 0
      let slowestMs = 0
      const clients = Array.from({ length: 8 }, async () => {
        while (!stop) {
          const startedAt = performance.now()
          const response = await server.predict(['fine', 'fine'])
          const { results } = await resultsOf(response)
          slowestMs = Math.max(slowestMs, performance.now() - startedAt)
          assert.equal(results.length, 2)
          const [one, two] = results as { model_version: string }[]
          assert.equal(one?.model_version, two?.model_version)
          answered += 1
        }
      })
      for (let round = 0; round < 8; round += 1) {
        const version = await publish(server, { score: 0.5, loadMs: 100 })
        await serves(server, version)
      }
      stop = true
      await Promise.all(clients)
      assert.ok(answered > 50, `only ${answered} answers`)
    } finally {
      await server.close()
    }
  })
})
