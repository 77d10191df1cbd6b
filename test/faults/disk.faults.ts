import assert from 'node:assert/strict'
import { appendFileSync, rmSync } from 'node:fs'
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { eventually } from '../support/model-server.ts'
import { type JobView, untilOver } from '../support/training.ts'
import type { Served } from './support/served.ts'
import { describe as tell, underLoad } from './support/steady-load.ts'
import { mountTmpfs, whyNoTmpfs } from './support/tmpfs.ts'
import { askForTraining, post, refusalOf, sendEvent, serveTrained, startTraining } from './support/trained.ts'

/** @returns gives the space back */
function fill(directory: string): () => void {
  const file = join(directory, 'full')
  for (const bytes of [1024 * 1024, 4096, 1]) {
    try {
      for (;;) appendFileSync(file, new Uint8Array(bytes))
    } catch {
      // Smaller pieces may still have room.
    }
  }
  return () => rmSync(file)
}

async function trainEvents(server: Served): Promise<JobView> {
  const { id } = (await (await post(server, '/api/jobs', { project: '78' })).json()) as { id: string }
  const over = await untilOver(server, id, 60_000)
  assert.equal(over.state, 'succeeded', JSON.stringify(over))
  return over
}

/** Waits until what is remembered is there again, without a restart. */
async function untilRemembering(server: Served): Promise<void> {
  await eventually(
    async () => (await askForTraining(server)).status,
    status => status === 201,
    60_000,
  )
}

describe('a full disk', { skip: whyNoTmpfs() }, () => {
  it('refuses what cannot be stored, loses nothing that was acknowledged, and is as before when there is space', async t => {
    using tmpfs = mountTmpfs({ sizeMib: 16 })
    const modelsDir = join(tmpfs.directory, 'models')
    await mkdir(modelsDir)
    await using server = await serveTrained({ modelsDir })
    let stored = 0
    const tally = await underLoad({ url: server.url }, async load => {
      for (let time = 0; time < 3; time += 1) {
        const makeSpace = fill(tmpfs.directory)
        // A log of changes that was emptied has room for some.
        let refused: Response | undefined
        for (let sent = 0; refused === undefined && sent < 2_000; sent += 1) {
          const response = await sendEvent(server, stored + 1, 'x'.repeat(10_000))
          if (response.ok) stored += 1
          else refused = response
        }
        assert.ok(refused !== undefined, 'nothing was refused')
        const refusal = await refusalOf(refused)
        assert.deepEqual([refusal.status, refusal.code], [503, 'HTX_STATE_UNUSABLE'], refusal.message)
        assert.match(refusal.message, /disk is full.*Make space/)
        assert.ok(Number(refused.headers.get('retry-after')) > 0)
        const training = await askForTraining(server)
        if (training.status === 201) {
          const { job } = (await training.json()) as { job: string }
          const over = await untilOver(server, job, 60_000)
          assert.equal(over.error?.code, 'HTX_MODELS_DIR_UNUSABLE', JSON.stringify(over))
        } else assert.equal(training.status, 503)
        const setup = await post(server, '/setup', { project: '90', schema: '<View/>', hostname: server.url })
        assert.equal(setup.status, 200)
        await load.goesOn(100)
        makeSpace()
        const accepted = await sendEvent(server, stored + 1)
        assert.equal(accepted.status, 200, await accepted.text())
        stored += 1
        assert.equal((await trainEvents(server)).itemCount, stored)
      }
    })
    t.diagnostic(`${stored} events stored; ${tell(tally)}`)
    assert.equal(tally.refused.size, 0)
    assert.equal(await server.program.stop('SIGTERM'), 0)
  })

  it('does not keep a server from starting and serving; it trains as soon as there is space', async t => {
    using tmpfs = mountTmpfs({ sizeMib: 8 })
    const makeSpace = fill(tmpfs.directory)
    await using server = await serveTrained({ modelsDir: tmpfs.directory })
    await server.program.says(/nothing can be trained or remembered now/)
    const tally = await underLoad({ url: server.url }, async () => {
      const refusal = await refusalOf(await askForTraining(server))
      assert.deepEqual([refusal.status, refusal.code], [503, 'HTX_TRAINING_UNAVAILABLE'])
      assert.match(refusal.message, /disk is full.*Make space/)
      makeSpace()
      await untilRemembering(server)
      await sendEvent(server, 1)
      assert.equal((await trainEvents(server)).itemCount, 1)
    })
    t.diagnostic(tell(tally))
    assert.equal(tally.refused.size, 0)
    assert.equal(await server.program.stop('SIGTERM'), 0)
  })
})

describe('a disk that is read-only', { skip: whyNoTmpfs() }, () => {
  it('fails trainings with words while events are stored elsewhere, and holds none up when it can be written', async t => {
    using tmpfs = mountTmpfs({ sizeMib: 16 })
    await using elsewhere = await serveTrained()
    const stateFile = join(elsewhere.folder, 'other.sqlite')
    await using server = await serveTrained({ modelsDir: tmpfs.directory, flags: ['--state-file', stateFile] })
    const tally = await underLoad({ url: server.url }, async load => {
      const first = await untilOver(server, await startTraining(server), 60_000)
      assert.equal(first.state, 'succeeded')
      tmpfs.setReadOnly(true)
      assert.equal((await sendEvent(server, 1)).status, 200)
      const over = await untilOver(server, await startTraining(server), 60_000)
      assert.equal(over.error?.code, 'HTX_MODELS_DIR_UNUSABLE', JSON.stringify(over))
      assert.match(over.error?.message ?? '', /read-only/)
      await load.goesOn(100)
      tmpfs.setReadOnly(false)
      assert.equal((await trainEvents(server)).itemCount, 1)
    })
    t.diagnostic(tell(tally))
    assert.equal(tally.refused.size, 0)
    assert.equal(await server.program.stop('SIGTERM'), 0)
  })

  it('lets a server start and serve; what is remembered comes when it can be written', async t => {
    using tmpfs = mountTmpfs({ sizeMib: 16 })
    tmpfs.setReadOnly(true)
    await using server = await serveTrained({ modelsDir: tmpfs.directory })
    const tally = await underLoad({ url: server.url }, async () => {
      const refusal = await refusalOf(await askForTraining(server))
      assert.deepEqual([refusal.status, refusal.code], [503, 'HTX_TRAINING_UNAVAILABLE'])
      assert.equal((await sendEvent(server, 1)).status, 503)
      tmpfs.setReadOnly(false)
      await untilRemembering(server)
      await sendEvent(server, 2)
      assert.equal((await trainEvents(server)).itemCount, 1)
    })
    t.diagnostic(tell(tally))
    assert.equal(tally.refused.size, 0)
    assert.equal(await server.program.stop('SIGTERM'), 0)
  })
})
