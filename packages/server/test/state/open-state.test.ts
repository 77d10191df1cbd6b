import assert from 'node:assert/strict'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { readAnnotatedTask } from '@htx/core'
import Database from 'libsql'
import { withTempDirectory } from '../../../../test/support/temp-directory.ts'
import { openClock } from '../../src/state/open-clock.ts'
import { openState } from '../../src/state/open-state.ts'

const unusable = (message: RegExp) => ({ code: 'HTX_STATE_UNUSABLE', message })

describe('a state file', () => {
  it('may be opened first by several at once', () =>
    withTempDirectory(async directory => {
      const file = join(directory, 'htx.sqlite')
      const states = await Promise.all(Array.from({ length: 5 }, () => openState(file)))
      await states[0]?.jobs.enqueue({ project: '12', cause: { by: 'test', at: '' } })
      assert.equal((await states[4]?.jobs.list())?.length, 1)
      for (const state of states) await state.close()
    }))

  it('whose first opening was cut short is made whole', () =>
    withTempDirectory(async directory => {
      const file = join(directory, 'htx.sqlite')
      await writeFile(file, '')
      const database = new Database(file)
      // Kysely makes these outside of the migrations.
      database.exec(
        'create table kysely_migration (name varchar(255) not null primary key, timestamp varchar(255) not null)',
      )
      database.close()
      const state = await openState(file)
      assert.deepEqual(await state.jobs.list(), [])
      await state.close()
    }))

  it('of a newer htx, and what is none, is left as it is', () =>
    withTempDirectory(async directory => {
      const file = join(directory, 'htx.sqlite')
      await (await openState(file)).close()
      const database = new Database(file)
      database.exec("insert into kysely_migration values ('0999-what-comes', '')")
      database.close()
      const before = await readFile(file)
      await assert.rejects(openState(file), unusable(/newer htx.*0999-what-comes/))
      assert.ok((await readFile(file)).equals(before))
      const other = join(directory, 'other.sqlite')
      await writeFile(other, 'no database at all'.repeat(100))
      await assert.rejects(openState(other), unusable(/no SQLite file.*Set it aside/))
      assert.equal(await readFile(other, 'utf8'), 'no database at all'.repeat(100))
    }))
})

it('the clock of a state goes on where the clock of the machine goes back', () => {
  const times = [1_000, 1_000, 500, 400, 2_000]
  const clock = openClock(999, () => times.shift() ?? 0)
  assert.deepEqual([clock(), clock(), clock(), clock(), clock()], [1_000, 1_001, 1_002, 1_003, 2_000])
  assert.equal(openClock(5_000, () => 1)(), 5_001)
})

it('an annotation that comes while a listing is made stays, though the clock was set back', () =>
  withTempDirectory(async directory => {
    const file = join(directory, 'htx.sqlite')
    const now = Date.now
    const task = readAnnotatedTask({ id: 1, data: { text: 'a' }, annotations: [{ id: 7, result: [] }] })
    assert.ok(typeof task === 'object')
    let state = await openState(file)
    try {
      const { id } = await state.jobs.enqueue({ project: '12', cause: { by: 'test', at: '' }, fetches: true })
      const listedAt = state.items.beginListing()
      await state.jobs.update(id, { fetchStartedAt: listedAt })
      Date.now = () => now() - 86_400_000
      await state.items.put('12', [task])
      assert.equal(await state.items.deleteUnlisted('12', listedAt), 0)
      // A server that comes back goes on with the listing.
      await state.close()
      state = await openState(file)
      await state.items.put('13', [task])
      assert.equal(await state.items.deleteUnlisted('13', listedAt), 0)
      assert.equal(await state.items.count('12'), 1)
    } finally {
      Date.now = now
      await state.close()
    }
  }))
