import assert from 'node:assert/strict'
import { mkdir, mkdtemp, realpath, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { pathToFileURL } from 'node:url'
import { findLocalFile } from '../../src/task-data/local-file.ts'

let home: string
let root: string
const invalid = { code: 'HTX_TASK_DATA_INVALID' }

before(async () => {
  home = await realpath(await mkdtemp(join(tmpdir(), 'htx-local-file-')))
  root = join(home, 'data')
  await mkdir(join(root, 'set 1'), { recursive: true })
  await mkdir(join(home, 'data-secret'))
  await writeFile(join(root, 'set 1', 'cat.png'), 'cat')
  await writeFile(join(root, 'blob'), 'cat')
  await writeFile(join(root, '..cat.png'), 'cat')
  await writeFile(join(home, 'data-secret', 'key.txt'), 'key')
  await symlink(join(root, 'blob'), join(root, 'linked.png'))
  await symlink(join(home, 'data-secret'), join(root, 'way-out'))
  await symlink(root, join(home, 'alias'))
})

after(() => rm(home, { recursive: true, force: true }))

describe('findLocalFile', () => {
  it('finds files under the root by relative path, absolute path and file: URL', async () => {
    const cat = join(root, 'set 1', 'cat.png')
    for (const value of ['set 1/cat.png', './set 1/../set 1/cat.png', cat, pathToFileURL(cat).href]) {
      assert.equal(await findLocalFile(value, root), cat)
    }
    assert.equal(await findLocalFile('..cat.png', root), join(root, '..cat.png'))
  })

  it('takes a root that is a link, and paths by either of its names', async () => {
    const alias = join(home, 'alias')
    assert.equal(await findLocalFile('blob', alias), join(alias, 'blob'))
    assert.equal(await findLocalFile(join(root, 'blob'), alias), join(root, 'blob'))
  })

  it('keeps the extension of a link that stays under the root', async () => {
    assert.equal(await findLocalFile('linked.png', root), join(root, 'linked.png'))
  })

  it('refuses what lies outside, by dots, by absolute path, by a neighbour of like name, by links', async () => {
    const outside = { ...invalid, message: /outside/ }
    const values = [
      '../data-secret/key.txt',
      join(home, 'data-secret', 'key.txt'),
      '/etc/passwd',
      '..',
      'way-out/key.txt',
    ]
    for (const value of values) await assert.rejects(findLocalFile(value, root), outside, value)
    await assert.rejects(findLocalFile('file:///etc/passwd', root), outside)
  })

  it('says the same of outside files that exist and that do not', async () => {
    const messageOf = (value: string) =>
      findLocalFile(value, root).then(assert.fail, (error: Error) => error.message.slice(value.length))
    assert.equal(await messageOf('../data-secret/key.txt'), await messageOf('../data-secret/not.txt'))
  })

  it('refuses what is not a file', async () => {
    for (const value of [
      'missing.png',
      '',
      'set 1',
      'a\0b',
      'file://far.example/cat.png',
      'file:///a%00b',
      'file:///a%2Fb',
    ]) {
      await assert.rejects(findLocalFile(value, root), invalid, value)
    }
  })

  it('reads nothing without a root', async () => {
    await assert.rejects(findLocalFile('cat.png', undefined), { ...invalid, message: /--data-root/ })
  })

  it('blames the option when the root is not there', async () => {
    await assert.rejects(findLocalFile('cat.png', join(home, 'nowhere')), { code: 'HTX_OPTION_INVALID' })
  })
})
