import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { openCallers } from '../../src/label-studio/callers.ts'

const nothing = async () => undefined

describe('the Label Studios that call', () => {
  it('are known by project, the one heard of last first', async () => {
    const callers = openCallers(nothing)
    callers.remember('12', { hostname: 'http://one:8080/', accessToken: 'a' })
    callers.remember('12', { hostname: 'http://two/ls', accessToken: 'b' })
    callers.remember('13', { hostname: 'http://one:8080', accessToken: 'c' })
    assert.deepEqual(await callers.of('12'), { url: 'http://two/ls', apiKey: 'b' })
    assert.deepEqual(await callers.of('12', 'http://one:8080'), { url: 'http://one:8080/', apiKey: 'a' })
    assert.deepEqual(await callers.of('13'), { url: 'http://one:8080/', apiKey: 'c' })
    assert.equal(await callers.of('14'), undefined)
    assert.equal(await callers.of(undefined), undefined)
  })

  it('keep a token to themselves: another address gets none', async () => {
    const callers = openCallers(nothing)
    callers.remember('12', { hostname: 'http://one', accessToken: 'a' })
    for (const other of ['http://one:81', 'https://one', 'http://one/ls'])
      assert.deepEqual(await callers.of('12', other), { url: new URL(other).href })
  })

  it('are remembered from an earlier run of the server, until they say something new', async () => {
    const asked: string[] = []
    const callers = openCallers(async project => {
      asked.push(project)
      return { hostname: 'http://stored', accessToken: 'old' }
    })
    assert.deepEqual(await callers.of('12'), { url: 'http://stored/', apiKey: 'old' })
    assert.deepEqual(await callers.of('12'), { url: 'http://stored/', apiKey: 'old' })
    callers.remember('12', { hostname: 'http://stored', accessToken: 'new' })
    assert.deepEqual(await callers.of('12'), { url: 'http://stored/', apiKey: 'new' })
    assert.deepEqual(asked, ['12'])
  })

  it('are looked up once when nothing is known of them, and again when the database was in trouble', async () => {
    const asked: string[] = []
    const callers = openCallers(async project => {
      asked.push(project)
      if (project === '13') throw new Error('the disk is full')
      return undefined
    })
    for (const project of ['12', '12', '13', '13']) assert.equal(await callers.of(project), undefined)
    assert.deepEqual(asked, ['12', '13', '13'])
    callers.remember('12', { hostname: 'http://one', accessToken: 'a' })
    assert.deepEqual(await callers.of('12'), { url: 'http://one/', apiKey: 'a' })
  })

  it('are not overtaken by what is stored of them, and do without it', async () => {
    const callers = openCallers(async () => {
      callers.remember('12', { hostname: 'http://one', accessToken: 'new' })
      return { hostname: 'http://one', accessToken: 'old' }
    })
    assert.deepEqual(await callers.of('12'), { url: 'http://one/', apiKey: 'new' })
    const broken = openCallers(() => Promise.reject(new Error('the disk is full')))
    assert.equal(await broken.of('12'), undefined)
    assert.deepEqual(await broken.of('12', 'http://one'), { url: 'http://one/' })
  })

  it('may say what is no address', async () => {
    const callers = openCallers(nothing)
    for (const hostname of ['', '/ls', 'one:8080', 'ftp://one', 'http://user:secret@one', null, undefined]) {
      callers.remember('12', { hostname, accessToken: 'a' })
      assert.equal(await callers.of('12'), undefined, String(hostname))
    }
    callers.remember('12', { hostname: 'http://one', accessToken: 'two words' })
    assert.equal(await callers.of('12'), undefined)
  })
})
