import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, it } from 'node:test'
import { openState, type State } from '../../src/state/open-state.ts'

const cause = { by: 'test', at: '2026-03-01T09:00:00Z' }
const owner = 'host:1:a'

describe('a job that fetches', () => {
  let directory: string
  let state: State
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'htx-state-'))
    state = await openState(join(directory, 'htx.sqlite'))
  })
  afterEach(async () => {
    await state.close()
    await rm(directory, { recursive: true })
  })

  async function halfFetched(): Promise<string> {
    const { id } = await state.jobs.enqueue({ project: '12', cause, fetches: true })
    await state.jobs.claim(owner)
    await state.jobs.update(id, { fetchPage: 7, fetchStartedAt: 1_700_000_000_000 })
    return id
  }

  it('goes on where it was, unless somebody asks for all of it again', async () => {
    const id = await halfFetched()
    await state.jobs.giveBack(id, owner, { countsAttempt: false })
    await state.jobs.enqueue({ project: '12', cause })
    assert.equal((await state.jobs.get(id))?.fetchPage, 7)
    await state.jobs.enqueue({ project: '12', cause, fetches: true })
    const job = await state.jobs.get(id)
    assert.deepEqual([job?.fetches, job?.fetchPage, job?.fetchStartedAt], [true, 1, undefined])
  })

  it('leaves that to the one that waits when its process ends', async () => {
    const id = await halfFetched()
    const waiting = await state.jobs.enqueue({ project: '12', cause })
    await state.jobs.giveBack(id, owner, { countsAttempt: true })
    const job = await state.jobs.get(waiting.id)
    assert.deepEqual([job?.state, job?.fetches, job?.fetchPage], ['queued', true, 1])
  })
})
