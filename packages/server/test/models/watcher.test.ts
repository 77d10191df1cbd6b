import assert from 'node:assert/strict'
import { mkdir, mkdtemp, rename, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, it } from 'node:test'
import { Watcher } from '../../src/models/watcher.ts'

let root: string
let directory: string
let watcher: Watcher
let changes: number
let heard: () => void

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'htx-watch-'))
  // The name of the directory itself may be hidden.
  directory = join(root, '.models')
  await mkdir(directory)
})

afterEach(async () => {
  await watcher.close()
  await rm(root, { recursive: true, force: true })
})

async function open(polling: boolean): Promise<void> {
  changes = 0
  const onChange = () => {
    changes += 1
    heard()
  }
  watcher = new Watcher({ directory, polling, pollMs: 20, onChange, onError: error => assert.fail(String(error)) })
  await change(() => watcher.refresh())
}

/** Does something and waits until the watcher tells. */
async function change(work: () => Promise<unknown>): Promise<void> {
  const told = new Promise<void>(resolve => {
    heard = resolve
  })
  await work()
  await told
}

for (const polling of [false, true]) {
  describe(`the watcher, ${polling ? 'polling' : 'by events'}`, { timeout: 20_000 }, () => {
    it('tells of a version that is renamed into its project', async () => {
      await mkdir(join(directory, '12', '.staging-1'), { recursive: true })
      await open(polling)
      await change(() => rename(join(directory, '12', '.staging-1'), join(directory, '12', 'v1')))
    })

    it('goes on after the directory was deleted and put back', async () => {
      await open(polling)
      await rm(directory, { recursive: true })
      await mkdir(directory)
      await change(() => watcher.refresh())
      await change(() => mkdir(join(directory, '12')))
    })

    it('goes on after the directory was moved away and back', async () => {
      await open(polling)
      await rename(directory, join(root, 'away'))
      await watcher.refresh()
      await rename(join(root, 'away'), directory)
      await change(() => watcher.refresh())
      await change(() => mkdir(join(directory, '12')))
    })

    it('is silent once closed, and closes twice', async () => {
      await open(polling)
      await watcher.close()
      await watcher.close()
      const before = changes
      await mkdir(join(directory, '12'))
      await watcher.refresh()
      assert.equal(changes, before)
    })
  })
}
