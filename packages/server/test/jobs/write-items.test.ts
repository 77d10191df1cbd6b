import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { it } from 'node:test'
import { setImmediate } from 'node:timers/promises'
import { withTempDirectory } from '../../../../test/support/temp-directory.ts'
import { writeItems } from '../../src/jobs/write-items.ts'
import type { StoredItem } from '../../src/state/item-store.ts'

async function* someItems(): AsyncGenerator<StoredItem> {
  for (let id = 0; id < 3; id += 1) {
    // As from a database: the file has time to fail meanwhile.
    for (let turn = 0; turn < 100; turn += 1) await setImmediate()
    yield { task: { id, data: {}, meta: {}, updatedAt: 0 } } as StoredItem
  }
}

it('items are written one a line', () =>
  withTempDirectory(async directory => {
    const file = join(directory, 'items.jsonl')
    assert.equal(await writeItems(someItems(), file, new AbortController().signal), 3)
    assert.equal((await readFile(file, 'utf8')).trimEnd().split('\n').length, 3)
  }))

it('a file that cannot be written fails the call, and nothing else', () =>
  withTempDirectory(async directory => {
    const file = join(directory, 'gone', 'items.jsonl')
    await assert.rejects(writeItems(someItems(), file, new AbortController().signal), { code: 'ENOENT' })
  }))
