import assert from 'node:assert/strict'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { ModelStore } from '@htx/core'
import { openPool } from '@htx/server'
import { makesIn } from '../models/shares-weights.ts'
import { eventually, labelConfig, resultsOf, startServer, type TestServer } from '../support/model-server.ts'
import { withTempDirectory } from '../support/temp-directory.ts'

interface Answer {
  readonly score: number
  readonly result: readonly [{ readonly meta: { readonly thread: number } }]
}

async function ask(server: TestServer, text: string, project?: string): Promise<Answer> {
  const { results } = await resultsOf(await server.predict([text], project === undefined ? {} : { project }))
  return results[0] as Answer
}

/** What each thread that serves holds, once as many as wanted have said so. */
async function scores(server: TestServer, threads: number): Promise<number[]> {
  const known = new Map<number, number>()
  const answers = await eventually(
    async () => {
      for (const { score, result } of await Promise.all(Array.from({ length: 16 }, () => ask(server, 'read'))))
        known.set(result[0].meta.thread, score)
      return [...known.values()]
    },
    ({ length }) => length >= threads,
  )
  return answers
}

async function atFullStrength(server: TestServer, workers: number): Promise<void> {
  const ready = async () =>
    (await (await fetch(`${server.url}/readyz?verbose`)).json()) as { slots: { serving: number; spare: number } }
  await eventually(ready, ({ slots }) => slots.serving === workers && slots.spare === 1)
}

async function publish(server: TestServer, resources: object, project = 'default'): Promise<string> {
  const store = await ModelStore.open(server.modelsDir)
  const { version } = await store.publish(await store.stage(project), { resources })
  return version
}

describe('weights that workers share', () => {
  it('are made once, are the same memory in every worker, and outlive a worker that is lost', () =>
    withTempDirectory(async directory => {
      const makesFile = join(directory, 'makes')
      const server = await startServer('shares-weights.ts', { workers: 4, resources: { makesFile } })
      try {
        await atFullStrength(server, 4)
        await ask(server, 'write 7')
        assert.deepEqual(new Set(await scores(server, 4)), new Set([0.07]))
        assert.equal((await server.predict(['exit'])).status, 500)
        await atFullStrength(server, 4)
        assert.deepEqual(new Set(await scores(server, 4)), new Set([0.07]))
        assert.equal(makesIn(makesFile), 1)
      } finally {
        await server.close()
      }
    }))

  it('are of one version, and are made again when a load has failed or ended its worker', () =>
    withTempDirectory(async directory => {
      const server = await startServer('shares-weights.ts', {
        workers: 2,
        resources: { makesFile: join(directory, 'initial') },
      })
      try {
        await ask(server, 'write 7')
        for (const act of ['throw', 'exit']) {
          const version = await publish(server, { makesFile: join(directory, act), firstMakes: [act] }, act)
          await eventually(
            async () => resultsOf(await server.predict(['read'], { project: act })),
            ({ model_version }) => model_version === version,
          )
          assert.equal((await ask(server, 'read', act)).score, 0.01)
          assert.equal(makesIn(join(directory, act)), 2)
        }
        assert.equal((await ask(server, 'read')).score, 0.07)
      } finally {
        await server.close()
      }
    }))

  it('are freed with their version', () =>
    withTempDirectory(async directory => {
      const megabytes = 64
      const swaps = 10
      const server = await startServer('shares-weights.ts', {
        workers: 2,
        resources: { makesFile: join(directory, 'initial') },
      })
      try {
        await atFullStrength(server, 2)
        const before = process.memoryUsage.rss()
        for (let swap = 0; swap < swaps; swap += 1) {
          const version = await publish(server, { makesFile: join(directory, `${swap}`), megabytes })
          // Without requests: threads that work tidy up by themselves, sooner or later.
          await eventually(
            async () => server.server.modelVersion,
            live => live === version,
          )
        }
        const grownMegabytes = () => (process.memoryUsage.rss() - before) / 1024 / 1024
        await eventually(
          async () => grownMegabytes(),
          grown => grown < (megabytes * swaps) / 2,
        )
      } finally {
        await server.close()
      }
    }))

  it('fail the load that makes what threads cannot share, and say where it is', () =>
    withTempDirectory(async directory => {
      const resources = { makesFile: join(directory, 'makes'), firstMakes: ['function'] }
      const model = new URL('../models/shares-weights.ts', import.meta.url)
      await assert.rejects(
        openPool({ model, workers: 1, resources }),
        /shared\('head'\) must make typed arrays.*at \.activate there is a function/,
      )
      await using pool = await openPool({ model, workers: 1, resources })
      const { predictions } = await pool.predict([{ data: { text: 'read' } }], { labelConfig })
      assert.equal(predictions[0]?.[0]?.score, 0.01)
    }))
})
