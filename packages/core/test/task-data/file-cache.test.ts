import assert from 'node:assert/strict'
import { createHash, randomUUID } from 'node:crypto'
import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, readdir, readFile, rm, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, describe, it } from 'node:test'
import type { FileSink } from '../../src/task-data/cache/content-files.ts'
import { openFileCache } from '../../src/task-data/cache/file-cache.ts'
import { openLeases } from '../../src/task-data/cache/leases.ts'

let directory: string

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'htx-file-cache-'))
})

afterEach(() => rm(directory, { recursive: true, force: true }))

const keyOf = (letter: string) => letter.repeat(64)

/** Ten bytes that begin with a letter. */
const tenBytes =
  (letter: string) =>
  async ({ write }: FileSink) => {
    await write(Buffer.from(`${letter}1234`))
    await write(Buffer.from('56789'))
    return '.txt'
  }

const digestOf = (letter: string) => createHash('sha256').update(`${letter}123456789`).digest('hex')

/** The letters whose content is kept. */
async function kept(among: string): Promise<string> {
  const names = await readdir(directory)
  return [...among].filter(letter => names.includes(digestOf(letter))).join('')
}

describe('openFileCache', () => {
  it('gives a file back under its key, whole and with its extension', async () => {
    const cache = openFileCache({ directory, limitBytes: 100 })
    assert.equal(await cache.find(keyOf('a')), undefined)
    const path = await cache.add(keyOf('a'), tenBytes('a'))
    assert.equal(path, join(directory, digestOf('a'), 'file.txt'))
    assert.equal(await cache.find(keyOf('a')), path)
    assert.equal(await readFile(path, 'utf8'), 'a123456789')
    await cache.close()
  })

  it('removes what was not asked for longest when the limit is passed', async () => {
    const cache = openFileCache({ directory, limitBytes: 30 })
    for (const letter of ['a', 'b', 'c']) await cache.add(keyOf(letter), tenBytes(letter))
    await cache.find(keyOf('a'))
    await cache.add(keyOf('d'), tenBytes('d'))
    assert.equal(await kept('abcd'), 'acd')
    assert.equal((await readdir(directory)).includes(`${keyOf('b')}.key`), false)
    assert.equal(await cache.find(keyOf('b')), undefined)
    await cache.close()
  })

  it('keeps what somebody has a lease of, beyond its limit, and no longer than that', async () => {
    const cache = openFileCache({ directory, limitBytes: 20 })
    const [one, other] = [openLeases(), openLeases()]
    const path = await cache.add(keyOf('a'), tenBytes('a'))
    one.take(path, 60_000)
    one.take(path, 1)
    await openFileCache({ directory, limitBytes: 20 }).find(keyOf('a'))
    one.release(path)
    for (const letter of ['b', 'c', 'd']) await cache.add(keyOf(letter), tenBytes(letter))
    assert.equal(await kept('abcd'), 'ad')
    one.release(path)
    other.release(path)
    for (const letter of ['e', 'f']) await cache.add(keyOf(letter), tenBytes(letter))
    assert.equal(await kept('abcdef'), 'ef')
    await cache.close()
  })

  it('does not keep what a holder left that ended', async () => {
    const cache = openFileCache({ directory, limitBytes: 10 })
    const path = await cache.add(keyOf('a'), tenBytes('a'))
    openLeases().take(path, 0.001)
    await cache.add(keyOf('b'), tenBytes('b'))
    assert.equal(await kept('ab'), 'b')
    openLeases().take(path, 1_000)
    assert.equal(existsSync(path), false)
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
    await rm(await cache.add(keyOf('a'), tenBytes('a')))
    assert.equal(await cache.find(keyOf('a')), undefined)
    await cache.close()
  })

  it('finds the files of an earlier process, drops its oldest and its dead parts, leaves what is not its own', async () => {
    const earlier = openFileCache({ directory, limitBytes: 100 })
    for (const letter of ['a', 'b']) await earlier.add(keyOf(letter), tenBytes(letter))
    await earlier.close()
    const old = new Date(Date.now() - 2 * 24 * 60 * 60 * 1000)
    const [dead, fresh] = [randomUUID(), randomUUID()].map(id => `${keyOf('c')}.${id}.part`) as [string, string]
    for (const part of [dead, fresh]) {
      await mkdir(join(directory, part))
      await writeFile(join(directory, part, 'file'), '0123456789')
    }
    await utimes(join(directory, dead), old, old)
    await writeFile(join(directory, 'notes.txt'), '0123456789')
    const cache = openFileCache({ directory, limitBytes: 10 })
    assert.equal(await cache.find(keyOf('b')), join(directory, digestOf('b'), 'file.txt'))
    assert.deepEqual((await readdir(directory)).sort(), [digestOf('b'), `${keyOf('b')}.key`, fresh, 'notes.txt'].sort())
    await cache.close()
    assert.equal(existsSync(directory), true)
  })

  it('is shared: what one makes the others find, and the limit holds for all together', async () => {
    const caches = [1, 2, 3].map(() => openFileCache({ directory, limitBytes: 30 }))
    const paths = await Promise.all(caches.map(cache => cache.add(keyOf('a'), tenBytes('a'))))
    assert.equal(new Set(paths).size, 1)
    assert.deepEqual((await readdir(directory)).sort(), [digestOf('a'), `${keyOf('a')}.key`].sort())
    for (const [place, letter] of ['b', 'c', 'd', 'e'].entries()) {
      await caches[place % 3]?.add(keyOf(letter), tenBytes(letter))
      for (const cache of caches) assert.ok(await cache.find(keyOf(letter)))
    }
    assert.equal(await kept('abcde'), 'cde')
    for (const cache of caches) await cache.close()
  })

  it('keeps what is equal once, whatever it is asked by', async () => {
    const cache = openFileCache({ directory, limitBytes: 25 })
    const first = await cache.add(keyOf('a'), tenBytes('a'))
    const second = await cache.add(keyOf('b'), tenBytes('a'))
    assert.equal(second, first)
    await cache.add(keyOf('c'), tenBytes('c'))
    assert.equal(await cache.find(keyOf('a')), first)
    assert.equal(await cache.find(keyOf('b')), first)
    await cache.close()
  })

  it('starts a file anew when it is told to', async () => {
    const cache = openFileCache({ directory, limitBytes: 100 })
    const path = await cache.add(keyOf('a'), async sink => {
      await sink.write(Buffer.from('the wrong one'))
      await sink.restart()
      return tenBytes('a')(sink)
    })
    assert.equal(await readFile(path, 'utf8'), 'a123456789')
    await cache.close()
  })

  it('makes a directory of its own at first use and removes it at the end', async () => {
    const cache = openFileCache({ directory: undefined, limitBytes: 100 })
    const own = dirname(dirname(await cache.add(keyOf('a'), tenBytes('a'))))
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
    await assert.rejects(cache.add(keyOf('a'), tenBytes('a')), { code: 'HTX_INTERNAL', message: /ENOENT/ })
    await cache.close()
  })
})
