import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { cp, mkdir, open, readdir, rename, rm, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import Database from 'libsql'
import { eventually } from '../support/model-server.ts'
import { withTempDirectory } from '../support/temp-directory.ts'
import { type JobView, listJobs, untilOver } from '../support/training.ts'
import type { Served } from './support/served.ts'
import { describe as tell, underLoad } from './support/steady-load.ts'
import { askForTraining, post, refusalOf, sendEvent, serveTrained } from './support/trained.ts'

const name = 'htx.sqlite'

/** A models directory whose state file has some annotations. */
async function withState(work: (modelsDir: string, stateFile: string) => Promise<void>): Promise<void> {
  await withTempDirectory(async directory => {
    const modelsDir = join(directory, 'models')
    await using server = await serveTrained({ modelsDir })
    for (let n = 1; n <= 200; n += 1) assert.equal((await sendEvent(server, n, 'x'.repeat(1_000))).status, 200)
    assert.equal(await server.program.stop('SIGTERM'), 0)
    const stateFile = join(modelsDir, name)
    // All in one file: what else there was could make a damage good.
    const database = new Database(stateFile)
    database.exec('pragma wal_checkpoint(truncate)')
    database.close()
    await work(modelsDir, stateFile)
  })
}

/** SHA-256 of the state file and of what lies beside it. */
function fingerprint(modelsDir: string): string {
  const hash = createHash('sha256')
  for (const file of readdirSync(modelsDir)
    .filter(entry => entry.startsWith(name))
    .sort())
    hash.update(file).update(readFileSync(join(modelsDir, file)))
  return hash.digest('hex')
}

async function expectUntrainable(server: Served, words: RegExp): Promise<void> {
  const refusal = await refusalOf(await askForTraining(server))
  assert.deepEqual([refusal.status, refusal.code], [503, 'HTX_TRAINING_UNAVAILABLE'])
  assert.match(refusal.message, words)
  await server.program.says(words)
  assert.equal((await post(server, '/setup', { project: '90', schema: '<View/>', hostname: server.url })).status, 200)
  assert.deepEqual(await listJobs(server), [])
}

async function itemsOf(server: Served, project = '78'): Promise<number | null> {
  const asked = await eventually(
    () => post(server, '/api/jobs', { project }),
    ({ status }) => status === 201,
    60_000,
  )
  const over = await untilOver(server, ((await asked.json()) as JobView).id, 60_000)
  assert.equal(over.state, 'succeeded', JSON.stringify(over))
  return over.itemCount
}

describe('a state file that is damaged', () => {
  for (const [what, spoil] of [
    ['is no SQLite file', (file: string) => writeFile(file, 'this is no database'.repeat(1_000))],
    ['has lost its first pages', (file: string) => overwrite(file, 0, 8_192)],
  ] as const) {
    it(`which ${what} is left as it is, and what to do is said; a backup in its place is taken without a restart`, t =>
      withState(async (modelsDir, stateFile) => {
        const backup = readFileSync(stateFile)
        await spoil(stateFile)
        const before = fingerprint(modelsDir)
        await using server = await serveTrained({ modelsDir })
        const tally = await underLoad({ url: server.url }, async () => {
          await expectUntrainable(server, /is (no SQLite file, or is )?damaged.*Set it aside/)
          assert.equal(fingerprint(modelsDir), before)
          await rename(stateFile, `${stateFile}.damaged`)
          await writeFile(`${stateFile}.backup`, backup)
          await rename(`${stateFile}.backup`, stateFile)
          assert.equal(await itemsOf(server), 200)
        })
        t.diagnostic(tell(tally))
        assert.equal(tally.refused.size, 0)
      }))
  }

  it('whose damage lies deeper refuses what needs it in words, and predictions go on', t =>
    withState(async (modelsDir, stateFile) => {
      const { size } = await stat(stateFile)
      // All but the first pages, which say what tables there are.
      await overwrite(stateFile, 16 * 4_096, size - 16 * 4_096)
      await using server = await serveTrained({ modelsDir })
      const tally = await underLoad({ url: server.url }, async load => {
        const answers = await Promise.all(Array.from({ length: 50 }, (_, n) => sendEvent(server, n + 1, 'changed')))
        const refused = answers.filter(({ status }) => status !== 200)
        assert.ok(refused.length > 0)
        for (const response of refused) {
          const refusal = await refusalOf(response)
          assert.deepEqual([refusal.status, refusal.code], [503, 'HTX_STATE_UNUSABLE'], refusal.message)
          assert.match(refusal.message, /is damaged.*Set it aside/)
        }
        await load.goesOn(100)
      })
      t.diagnostic(tell(tally))
      assert.equal(tally.refused.size, 0)
    }))

  it('is a directory: the server serves, and says so', () =>
    withTempDirectory(async directory => {
      await mkdir(join(directory, 'state.sqlite'))
      await using server = await serveTrained({ flags: ['--state-file', join(directory, 'state.sqlite')] })
      await expectUntrainable(server, /cannot be opened.*--state-file/)
      assert.equal((await server.ask('echo')).status, 200)
      await rm(join(directory, 'state.sqlite'), { recursive: true })
      await sendUntilStored(server)
      assert.equal(await itemsOf(server), 1)
    }))
})

async function sendUntilStored(server: Served): Promise<void> {
  await eventually(
    async () => ((await (await sendEvent(server, 1)).json()) as { status: string }).status,
    status => status === 'ok',
    60_000,
  )
}

async function overwrite(file: string, from: number, bytes: number): Promise<void> {
  const handle = await open(file, 'r+')
  try {
    await handle.write(new Uint8Array(bytes).fill(0xa5), 0, bytes, from)
  } finally {
    await handle.close()
  }
}

describe('a state file of a newer htx', () => {
  it('is left as it is, whatever comes, and the server says which htx it needs', t =>
    withState(async (modelsDir, stateFile) => {
      const future = new Database(stateFile)
      future.exec("insert into kysely_migration values ('0999-what-comes', '2030-01-01T00:00:00.000Z')")
      future.exec('alter table jobs rename to trainings')
      future.exec('pragma wal_checkpoint(truncate)')
      future.close()
      const before = readFileSync(stateFile)
      await using server = await serveTrained({ modelsDir })
      const tally = await underLoad({ url: server.url }, async load => {
        await expectUntrainable(server, /written by a newer htx.*0999-what-comes/)
        await sendEvent(server, 1)
        await load.goesOn(100)
      })
      t.diagnostic(tell(tally))
      assert.equal(tally.refused.size, 0)
      assert.equal(await server.program.stop('SIGTERM'), 0)
      assert.ok(readFileSync(stateFile).equals(before))
    }))
})

describe('a state file that another process has locked', () => {
  it('costs no prediction and no setup; an event waits, is refused when it takes too long, and is stored when it does not', t =>
    withState(async (modelsDir, stateFile) => {
      await using server = await serveTrained({ modelsDir })
      const other = new Database(stateFile)
      try {
        const tally = await underLoad({ url: server.url }, async load => {
          other.exec('begin immediate')
          const waiting = sendEvent(server, 1_000)
          await load.goesOn(100)
          other.exec('rollback')
          assert.equal((await waiting).status, 200)
          other.exec('begin immediate')
          const patient = Array.from({ length: 20 }, (_, n) => sendEvent(server, 2_000 + n))
          // All of these are answered while it is locked.
          const setup = { schema: '<View/>', hostname: server.url, access_token: 'token' }
          for (const project of ['91', '92']) {
            assert.equal((await post(server, '/setup', { ...setup, project })).status, 200)
            assert.equal((await server.ask('echo')).status, 200)
          }
          await load.goesOn(200)
          for (const response of await Promise.all(patient)) {
            const refusal = await refusalOf(response)
            assert.deepEqual([refusal.status, refusal.code], [503, 'HTX_STATE_UNUSABLE'], refusal.message)
            assert.match(refusal.message, /locked by another process.*End the process/)
          }
          other.exec('rollback')
          assert.equal(await itemsOf(server), 201)
        })
        t.diagnostic(tell(tally))
        assert.equal(tally.refused.size, 0)
      } finally {
        other.close()
      }
    }))

  it('for reading too does not keep a server from starting; it trains when the lock is gone', t =>
    withState(async (modelsDir, stateFile) => {
      const other = new Database(stateFile)
      other.exec('pragma locking_mode = exclusive')
      other.exec('begin exclusive; create table mine (n); commit')
      await using server = await serveTrained({ modelsDir })
      const tally = await underLoad({ url: server.url }, async load => {
        await load.goesOn(100)
        other.exec('drop table mine')
        other.close()
        assert.equal(await itemsOf(server), 200)
      })
      t.diagnostic(tell(tally))
      assert.equal(tally.refused.size, 0)
    }))

  it('for writing does not keep a server from starting', () =>
    withState(async (modelsDir, stateFile) => {
      const other = new Database(stateFile)
      other.exec('begin immediate')
      await using server = await serveTrained({ modelsDir })
      assert.doesNotMatch(server.program.output(), /nothing can be trained/)
      assert.equal((await server.ask('echo')).status, 200)
      other.exec('rollback')
      other.close()
      assert.equal(await itemsOf(server), 200)
      assert.deepEqual((await readdir(modelsDir)).filter(entry => entry.startsWith(name)).sort()[0], name)
    }))
})

describe('a models directory that is deleted with its state file', () => {
  it('loses nothing that was acknowledged: events are refused until it is back, and taken then', t =>
    withState(async modelsDir => {
      const backup = `${modelsDir}-backup`
      await using server = await serveTrained({ modelsDir })
      const tally = await underLoad({ url: server.url }, async () => {
        assert.equal((await sendEvent(server, 201)).status, 200)
        // A copy as a person makes one: the log of the database goes with it.
        await cp(modelsDir, backup, { recursive: true })
        await rm(modelsDir, { recursive: true })
        assert.equal((await sendEvent(server, 202)).status, 503)
        await server.program.says(/was deleted or replaced/)
        await rename(backup, modelsDir)
        await eventually(
          () => sendEvent(server, 202),
          ({ status }) => status === 200,
          60_000,
        )
        assert.equal(await itemsOf(server), 202)
      })
      t.diagnostic(tell(tally))
      assert.equal(tally.refused.size, 0)
      assert.equal(await server.program.stop('SIGTERM'), 0)
      await using again = await serveTrained({ modelsDir })
      assert.equal(await itemsOf(again), 202)
    }))
})
