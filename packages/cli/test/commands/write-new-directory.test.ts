import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { withTempDirectory } from '../../../../test/support/temp-directory.ts'
import { writeNewDirectory } from '../../src/commands/write-new-directory.ts'

const files = new Map([
  ['.env', 'A=1'],
  ['model.ts', 'export default class {}'],
])

describe('a new directory', () => {
  it('gets all files, with the directories above it', () =>
    withTempDirectory(async directory => {
      const made = join(directory, 'of', 'mine')
      await writeNewDirectory(made, files)
      assert.deepEqual((await readdir(made)).sort(), [...files.keys()])
      assert.deepEqual(await readdir(join(directory, 'of')), ['mine'])
    }))

  it('may be there, on another file system than what it lies in', () =>
    withTempDirectory(async directory => {
      const volume = await mkdtemp(join(existsSync('/dev/shm') ? '/dev/shm' : tmpdir(), 'htx-volume-'))
      try {
        await symlink(volume, join(directory, 'link'))
        await writeNewDirectory(join(directory, 'link'), files)
        assert.deepEqual((await readdir(volume)).sort(), [...files.keys()])
      } finally {
        await rm(volume, { recursive: true })
      }
    }))

  it('is as it was when something fails: empty, or not there', () =>
    withTempDirectory(async directory => {
      const there = join(directory, 'there')
      await mkdir(there)
      const bad = new Map([...files, ['no/such/directory', '']])
      await assert.rejects(writeNewDirectory(there, bad), { code: 'HTX_OPTION_INVALID' })
      await assert.rejects(writeNewDirectory(join(directory, 'a', 'b'), bad), { code: 'HTX_OPTION_INVALID' })
      assert.deepEqual(await readdir(directory), ['there'])
      assert.deepEqual(await readdir(there), [])
    }))

  it('is never one that holds something, or a link that leads nowhere', () =>
    withTempDirectory(async directory => {
      await writeFile(join(directory, 'model.ts'), 'mine')
      await assert.rejects(writeNewDirectory(directory, files), /holds model\.ts/)
      assert.equal(await readFile(join(directory, 'model.ts'), 'utf8'), 'mine')
      await symlink(join(directory, 'gone'), join(directory, 'link'))
      await assert.rejects(writeNewDirectory(join(directory, 'link'), files), { code: 'HTX_OPTION_INVALID' })
      assert.deepEqual((await readdir(directory)).sort(), ['link', 'model.ts'])
    }))
})
