import assert from 'node:assert/strict'
import { readdir, rm } from 'node:fs/promises'
import { describe, it } from 'node:test'
import { eventually } from '../support/model-server.ts'
import { untilOver } from '../support/training.ts'
import type { Served } from './support/served.ts'
import { describe as tell, underLoad } from './support/steady-load.ts'
import { mountTmpfs, whyNoTmpfs } from './support/tmpfs.ts'
import { post, serveTrained, startTraining, untilTold } from './support/trained.ts'
import { familyOf, trainersOf, whyNoProcesses } from './support/trainers.ts'

/** Nothing of a training is left, and the next one is as good as ever. */
async function expectOrder(server: Served): Promise<void> {
  assert.deepEqual(await familyOf(server.modelsDir), [])
  const over = await untilOver(server, await startTraining(server), 60_000)
  assert.equal(over.state, 'succeeded', JSON.stringify(over))
  const files = await readdir(server.modelsDir, { recursive: true })
  assert.deepEqual(
    files.filter(path => /(^|\/)\.staging-|^\.jobs\/[^/]+(?<!\.log)$/.test(path)),
    [],
  )
}

describe('a training that goes wrong beside a steady load', { skip: whyNoProcesses }, () => {
  it('is killed again and again: each time its job says so, and no request is lost', async t => {
    await using server = await serveTrained()
    const tally = await underLoad({ url: server.url }, async () => {
      for (let time = 0; time < 3; time += 1) {
        const job = await startTraining(server, 'pause 3600000')
        await untilTold(server, job)
        for (const { pid } of await trainersOf(server.modelsDir)) process.kill(pid, 'SIGKILL')
        const over = await untilOver(server, job, 60_000)
        assert.match(over.error?.message ?? '', /was ended by SIGKILL/)
      }
      await expectOrder(server)
    })
    t.diagnostic(tell(tally))
    assert.equal(tally.refused.size, 0)
  })

  for (const [told, what] of [
    ['spin 3600000', 'spins for ever, deaf to SIGTERM'],
    ['stopped', 'is stopped'],
  ] as const) {
    it(`${what}: it is ended by the clock, and by whoever cancels it`, async t => {
      await using server = await serveTrained({ flags: ['--train-timeout', '4'] })
      const tally = await underLoad({ url: server.url }, async () => {
        const late = await untilOver(server, await startTraining(server, told), 60_000)
        assert.equal(late.error?.code, 'HTX_TRAINING_TIMEOUT')
        const job = await startTraining(server, told)
        await untilTold(server, job)
        const cancelled = await post(server, `/api/jobs/${job}/cancel`, {})
        assert.equal(((await cancelled.json()) as { state: string }).state, 'cancelled')
        await expectOrder(server)
      })
      t.diagnostic(tell(tally))
      assert.equal(tally.refused.size, 0)
    })
  }

  it('has children and grandchildren, some in groups of their own: all end with it, however it ends', async t => {
    await using server = await serveTrained()
    const tally = await underLoad({ url: server.url }, async () => {
      const endings = {
        cancelled: (job: string) => post(server, `/api/jobs/${job}/cancel`, {}),
        failed: async () => {
          for (const { pid } of await trainersOf(server.modelsDir)) process.kill(pid, 'SIGKILL')
        },
      }
      for (const [state, end] of Object.entries(endings)) {
        const job = await startTraining(server, 'family 3')
        await eventually(
          () => familyOf(server.modelsDir),
          // Itself, and three times a shell, its shell and their programs.
          family => family.length >= 1 + 3 * 3,
          60_000,
        )
        await end(job)
        assert.equal((await untilOver(server, job, 60_000)).state, state)
        assert.deepEqual(await familyOf(server.modelsDir), [])
      }
      await expectOrder(server)
    })
    t.diagnostic(tell(tally))
    assert.equal(tally.refused.size, 0)
  })

  it('has children that its killed server leaves: the next server ends them', async () => {
    await using server = await serveTrained()
    await startTraining(server, 'family 2')
    const isWhole = (family: readonly unknown[]) => family.length >= 1 + 2 * 3
    await eventually(() => familyOf(server.modelsDir), isWhole, 60_000)
    await server.program.stop('SIGKILL')
    await server.again()
    const pids = (await familyOf(server.modelsDir)).map(({ parent }) => parent)
    // It has begun again: what there is, is the new server's.
    await eventually(() => familyOf(server.modelsDir), isWhole, 60_000)
    const family = await familyOf(server.modelsDir)
    assert.ok(family.length <= 1 + 2 * 3 + 1, `${family.length} processes, at first with parents ${pids}`)
    const [job] = ((await (await fetch(`${server.url}/api/jobs`)).json()) as { jobs: { id: string }[] }).jobs
    await post(server, `/api/jobs/${job?.id}/cancel`, {})
    await expectOrder(server)
  })

  it('fills the disk: it says so, nothing of it stays, and there is room again', { skip: whyNoTmpfs() }, async t => {
    using tmpfs = mountTmpfs({ sizeMib: 24 })
    await using server = await serveTrained({ modelsDir: `${tmpfs.directory}/models` })
    const tally = await underLoad({ url: server.url }, async () => {
      for (let time = 0; time < 3; time += 1) {
        const over = await untilOver(server, await startTraining(server, 'write 100'), 60_000)
        assert.equal(over.state, 'failed')
        assert.match(over.error?.message ?? '', /ENOSPC|no space left/)
        assert.notEqual(over.error?.code, 'HTX_INTERNAL')
      }
      await expectOrder(server)
    })
    t.diagnostic(tell(tally))
    assert.equal(tally.refused.size, 0)
    await server.program.stop('SIGTERM')
    await rm(`${tmpfs.directory}/models`, { recursive: true })
  })

  it('fills what it may: it is ended, and its files go', async t => {
    await using server = await serveTrained({ flags: ['--train-disk-mb', '8'] })
    const tally = await underLoad({ url: server.url }, async () => {
      const over = await untilOver(server, await startTraining(server, 'fill 32'), 60_000)
      assert.equal(over.error?.code, 'HTX_TRAINING_LIMIT', JSON.stringify(over))
      assert.match(over.error?.message ?? '', /raise --train-disk-mb/)
      await expectOrder(server)
    })
    t.diagnostic(tell(tally))
    assert.equal(tally.refused.size, 0)
  })
})
