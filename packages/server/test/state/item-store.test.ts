import assert from 'node:assert/strict'
import { mkdtemp, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, it } from 'node:test'
import { setImmediate } from 'node:timers/promises'
import { type AnnotatedTask, readAnnotatedTask } from '@htx/core'
import Database from 'libsql'
import { openState, type State } from '../../src/state/open-state.ts'

function task(id: number, annotation: number, choice: string, updatedAt: string): AnnotatedTask {
  const result = [{ id: 'a', from_name: 'c', to_name: 't', type: 'choices', value: { choices: [choice] } }]
  return readAnnotatedTask({
    id,
    data: { text: `text ${id}` },
    updated_at: updatedAt,
    annotations: [{ id: annotation, result, updated_at: updatedAt }],
  }) as AnnotatedTask
}

const early = '2026-03-01T09:00:00.000001Z'
const late = '2026-03-01T09:00:00.000002Z'

describe('stored annotations', () => {
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

  async function choices(): Promise<Record<string, string>> {
    const found: Record<string, string> = {}
    for await (const { annotation } of state.items.list('12')) {
      const [region] = annotation.result as { value: { choices: string[] } }[]
      found[annotation.id] = region?.value.choices[0] ?? ''
    }
    return found
  }

  it('are replaced by later ones, whatever order they come in', async () => {
    assert.equal(await state.items.put('12', [task(1, 7, 'new', late)]), 1)
    assert.equal(await state.items.put('12', [task(1, 7, 'old', early)]), 0)
    assert.equal(await state.items.put('12', [task(1, 7, 'new', late)]), 0)
    assert.deepEqual(await choices(), { 7: 'new' })
  })

  it('stay deleted when their creation is told after', async () => {
    assert.equal(await state.items.deleteAnnotations('12', [7]), 0)
    await state.items.put('12', [task(1, 7, 'a', late)])
    assert.deepEqual(await choices(), {})
    await state.items.put('12', [task(1, 8, 'b', late)])
    assert.equal(await state.items.deleteAnnotations('12', [8]), 1)
    assert.equal(await state.items.count('12'), 0)
  })

  it('go with their task', async () => {
    await state.items.put('12', [task(1, 7, 'a', early), task(2, 8, 'b', early)])
    assert.equal(await state.items.deleteTasks('12', [1]), 1)
    await state.items.put('12', [task(1, 9, 'late', late)])
    assert.deepEqual(await choices(), { 8: 'b' })
  })

  it('are what a whole listing says, and what came while it was made', async () => {
    await state.items.put('12', [task(1, 7, 'a', early), task(2, 8, 'b', early)])
    await state.items.deleteAnnotations('12', [9])
    // The clock that decides is ours, in milliseconds.
    const listedAt = Date.now() + 5
    while (Date.now() < listedAt);
    await state.items.put('12', [task(1, 7, 'a', early), task(3, 9, 'back', early)], { listedAt })
    await state.items.put('12', [task(4, 10, 'event', late)])
    assert.equal(await state.items.deleteUnlisted('12', listedAt), 1)
    assert.deepEqual(await choices(), { 7: 'a', 9: 'back', 10: 'event' })
  })

  it('stay when they were listed, also where the clock was set back since', async () => {
    await state.items.put('12', [task(1, 7, 'a', early)])
    const listedAt = Date.now() + 3_600_000
    await state.items.put('12', [task(1, 7, 'a', early), task(2, 8, 'b', early)], { listedAt })
    assert.equal(await state.items.deleteUnlisted('12', listedAt), 0)
    assert.deepEqual(await choices(), { 7: 'a', 8: 'b' })
  })

  it('are kept apart by project', async () => {
    await state.items.put('12', [task(1, 7, 'a', early)])
    await state.items.put('13', [task(1, 7, 'b', early)])
    await state.items.deleteProject('13')
    assert.deepEqual(await choices(), { 7: 'a' })
  })

  it('lie in a file that only its owner may read', { skip: process.platform === 'win32' }, async () => {
    assert.equal((await stat(join(directory, 'htx.sqlite'))).mode & 0o077, 0)
  })

  it('wait for another process that writes, and hold up nobody', async () => {
    const other = new Database(join(directory, 'htx.sqlite'))
    try {
      other.exec('begin immediate')
      const put = state.items.put('12', [task(1, 7, 'a', early)])
      for (let turn = 0; turn < 100; turn += 1) await setImmediate()
      assert.deepEqual(await Promise.race([put, 'waits']), 'waits')
      other.exec('rollback')
      assert.equal(await put, 1)
    } finally {
      other.close()
    }
  })

  it('are seen by another process, and jobs of both never run for one project at a time', async () => {
    const other = await openState(join(directory, 'htx.sqlite'))
    try {
      const cause = { by: 'test', at: '' }
      const one = await state.jobs.enqueue({ project: '12', cause })
      const two = await other.jobs.enqueue({ project: '12', cause })
      assert.equal(one.id, two.id)
      assert.equal((await state.jobs.claim('a:1:x'))?.id, one.id)
      assert.equal(await other.jobs.claim('b:2:y'), undefined)
      await other.jobs.enqueue({ project: '12', cause })
      assert.equal(await state.jobs.claim('a:1:x'), undefined)
    } finally {
      await other.close()
    }
  })
})
