import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { afterEach, beforeEach, describe, it } from 'node:test'
import { openTaskData, type TaskData, type TaskDataOptions } from '../../src/task-data/task-data.ts'
import { jwt } from './jwt.ts'
import { type FileServer, serveFiles } from './serve-files.ts'

const personal = jwt({ token_type: 'refresh', exp: 4_000_000_000 })

let one: FileServer
let other: FileServer
let taskData: TaskData
/** Access tokens that have been given out; the last one is taken. */
let issued: string[]
let takesTokens: boolean

beforeEach(async () => {
  issued = []
  takesTokens = true
  const answer = (name: string) => (request: IncomingMessage, response: ServerResponse) => {
    const { authorization = 'nobody' } = request.headers
    if (request.method === 'POST' && request.url === '/api/token/refresh/') {
      if (!takesTokens) return response.writeHead(401).end('{}')
      issued.push(jwt({ token_type: 'access', exp: Date.now() / 1000 + 300, n: issued.length }))
      return response.end(JSON.stringify({ access: issued.at(-1) }))
    }
    if (authorization.startsWith('Bearer') && authorization !== `Bearer ${issued.at(-1)}`)
      return response.writeHead(401).end()
    return response.end(`${name} ${request.url} for ${authorization}`)
  }
  one = await serveFiles(answer('one'))
  other = await serveFiles(answer('other'))
})

afterEach(async () => {
  await taskData.close()
  await one.close()
  await other.close()
})

const open = (options: TaskDataOptions) => {
  taskData = openTaskData(options)
}
const read = async (value: string, caller?: { url: string; apiKey?: string }) =>
  readFile(await taskData.resolve(value, { caller }), 'utf8')
const file = '/data/upload/1/a.png'

describe('the Label Studio that asks', () => {
  it('gives out its files with its own token, when the operator has named none', async () => {
    open({})
    assert.equal(await read(file, { url: one.url, apiKey: 'one' }), `one ${file} for Token one`)
    assert.equal(await read(file, { url: other.url, apiKey: 'two' }), `other ${file} for Token two`)
    assert.equal(await read(`${one.url}${file}`, { url: one.url, apiKey: 'one' }), `one ${file} for Token one`)
  })

  it('does not find what was fetched with the token of another', async () => {
    open({ allowAddresses: ['127.0.0.1'] })
    assert.equal(await read(`${one.url}${file}`, { url: one.url, apiKey: 'one' }), `one ${file} for Token one`)
    assert.equal(await read(`${one.url}${file}`, { url: one.url, apiKey: 'two' }), `one ${file} for Token two`)
    assert.equal(await read(`${one.url}${file}`, { url: other.url, apiKey: 'x' }), `one ${file} for nobody`)
  })

  it('yields to the one that the operator named, whose address stands in for the one it believes to have', async () => {
    open({ labelStudio: { url: one.url, apiKey: 'operator' } })
    const caller = { url: 'http://localhost:8080/ls', apiKey: 'caller' }
    assert.equal(await read(file, caller), `one ${file} for Token operator`)
    const value = `${caller.url}/data/local-files/?d=set%201/b.png`
    assert.equal(await read(value, caller), 'one /data/local-files/?d=set%201/b.png for Token operator')
    assert.equal(other.requests.length, 0)
  })
})

describe('a personal access token', () => {
  it('is exchanged once, for many files', async () => {
    open({ labelStudio: { url: one.url, apiKey: personal } })
    const files = ['a', 'b', 'c'].map(name => `/data/upload/1/${name}.png`)
    const texts = await Promise.all(files.map(value => read(value)))
    assert.equal(issued.length, 1)
    assert.deepEqual(
      texts,
      files.map(value => `one ${value} for Bearer ${issued[0]}`),
    )
    assert.ok(one.requests.every(({ headers }) => headers.authorization !== `Bearer ${personal}`))
  })

  it('is exchanged again when Label Studio does not take the access token any more', async () => {
    open({ labelStudio: { url: one.url, apiKey: personal } })
    await read('/data/upload/1/a.png')
    issued.push('signed out')
    assert.match(await read('/data/upload/1/b.png'), /^one /)
    assert.equal(issued.length, 3)
  })

  it('is told of when Label Studio refuses it, without being shown', async () => {
    open({ labelStudio: { url: one.url, apiKey: personal } })
    takesTokens = false
    await assert.rejects(read(file), (error: Error & { code: string }) => {
      assert.equal(error.code, 'HTX_LABEL_STUDIO_REFUSED')
      assert.match(error.message, /LABEL_STUDIO_API_KEY/)
      return !error.message.includes(personal)
    })
  })
})
