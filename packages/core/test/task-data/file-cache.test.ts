import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { mkdtemp, readdir, readFile, rm, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, describe, it } from 'node:test'
import { type FileSink, openFileCache } from '../../src/task-data/cache/file-cache.ts'

let directory: string

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'htx-file-cache-'))
})

afterEach(() => rm(directory, { recursive: true, force: true }))

const keyOf = (letter: string) => letter.repeat(64)

const tenBytes = async ({ write }: FileSink) => {
  await write(Buffer.from('01234'))
  await write(Buffer.from('56789'))
  return '.txt'
}

describe('openFileCache', () => {
  it('gives a file back under its key, whole and with its extension', async () => {
    const cache = openFileCache({ directory, limitBytes: 100 })
    assert.equal(await cache.find(keyOf('a')), undefined)
    const path = await cache.add(keyOf('a'), tenBytes)
    assert.equal(path, join(directory, `${keyOf('a')}.txt`))
    assert.equal(await cache.find(keyOf('a')), path)
    assert.equal(await readFile(path, 'utf8'), '0123456789')
    await cache.close()
  })

  it('removes what was not asked for longest when the limit is passed', async () => {
    const cache = openFileCache({ directory, limitBytes: 30 })
    for (const letter of ['a', 'b', 'c']) await cache.add(keyOf(letter), tenBytes)
    await cache.find(keyOf('a'))
    await cache.add(keyOf('d'), tenBytes)
    assert.deepEqual((await readdir(directory)).map(name => name[0]).sort(), ['a', 'c', 'd'])
    assert.equal(await cache.find(keyOf('b')), undefined)
    await cache.close()
  })

  it('leaves nothing of a file whose making failed', async () => {
    const cache = openFileCache({ directory, limitBytes: 100 })
    const fails = async ({ write }: FileSink) => {
      await write(Buffer.from('half'))
      throw new Error('broken')
    }
    await assert.rejects(cache.add(keyOf('a'), fails), { message: 'broken' })
    assert.deepEqual(await readdir(directory), [])
    assert.equal(await cache.find(keyOf('a')), undefined)
    await cache.close()
  })

  it('notices when somebody else removed a file', async () => {
    const cache = openFileCache({ directory, limitBytes: 100 })
    await rm(await cache.add(keyOf('a'), tenBytes))
    assert.equal(await cache.find(keyOf('a')), undefined)
    await cache.close()
  })

  it('finds the files of an earlier process, drops its oldest and its dead parts, leaves what is not its own', async () => {
    const old = new Date(Date.now() - 2 * 24 * 60 * 60 * 1000)
    const deadPart = join(directory, `${keyOf('e')}.${crypto.randomUUID()}.part`)
    for (const path of [join(directory, `${keyOf('a')}.txt`), deadPart]) {
      await writeFile(path, '0123456789')
      await utimes(path, old, old)
    }
    const mine = [`${keyOf('b')}`, `${keyOf('c')}.${crypto.randomUUID()}.part`, 'notes.txt']
    for (const name of mine) await writeFile(join(directory, name), '0123456789')
    const cache = openFileCache({ directory, limitBytes: 10 })
    assert.equal(await cache.find(keyOf('b')), join(directory, keyOf('b')))
    assert.deepEqual((await readdir(directory)).sort(), mine.sort())
    await cache.close()
    assert.equal(existsSync(directory), true)
  })

  it('makes a directory of its own at first use and removes it at the end', async () => {
    const cache = openFileCache({ directory: undefined, limitBytes: 100 })
    const own = dirname(await cache.add(keyOf('a'), tenBytes))
    assert.equal(dirname(own), tmpdir())
    await cache.close()
    assert.equal(existsSync(own), false)
    await cache.close()
  })

  it('says so when its directory cannot be used', async () => {
    const file = join(directory, 'file')
    await writeFile(file, '')
    const cache = openFileCache({ directory: file, limitBytes: 100 })
    await assert.rejects(cache.find(keyOf('a')), { code: 'HTX_OPTION_INVALID', message: /cacheDir/ })
    await cache.close()
  })

  it('blames the disk when the disk fails', async () => {
    const own = join(directory, 'own')
    const cache = openFileCache({ directory: own, limitBytes: 100 })
    await cache.find(keyOf('a'))
    await rm(own, { recursive: true })
    await assert.rejects(cache.add(keyOf('a'), tenBytes), { code: 'HTX_INTERNAL', message: /ENOENT/ })
    await cache.close()
  })
})
