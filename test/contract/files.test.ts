import assert from 'node:assert/strict'
import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { createServer, type IncomingMessage, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { after, before, beforeEach, describe, it } from 'node:test'
import { resultsOf, startServer, type TestServer } from '../support/model-server.ts'
import { untilJob } from '../support/training.ts'

const config = '<View><Image name="image" value="$image"/><TextArea name="text" toName="image"/></View>'
const token = '0123456789abcdef0123456789abcdef01234567'

/** Gives out files as Label Studio does. */
class Uploads {
  readonly requests: IncomingMessage[] = []
  readonly #server: Server
  url = ''

  constructor(name: string) {
    this.#server = createServer((request, response) => {
      this.requests.push(request)
      response.end(`${name} ${request.url} ${request.headers.authorization}`)
    })
  }

  async open(): Promise<void> {
    this.#server.listen(0, '127.0.0.1')
    await once(this.#server, 'listening')
    this.url = `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections()
    this.#server.close()
  }
}

const one = new Uploads('one')
const other = new Uploads('other')
const values = ['/data/upload/30/cat.png', 'upload/30/dog.png']

before(async () => {
  await one.open()
  await other.open()
})
after(async () => {
  await one.close()
  await other.close()
})
beforeEach(() => {
  one.requests.length = 0
  other.requests.length = 0
})

const setup = (server: TestServer, project: string, uploads: Uploads, access_token = token) =>
  server.post('/setup', { project, schema: config, hostname: uploads.url, access_token, extra_params: null })

async function predict(
  server: TestServer,
  project: string,
  data: readonly Record<string, unknown>[],
  params: object = {},
): Promise<readonly (readonly string[] | undefined)[]> {
  const tasks = data.map((fields, id) => ({ id, data: fields }))
  const body = { tasks, project, label_config: config, params: { context: null, ...params } }
  const { results } = await resultsOf(await server.post('/predict', body))
  return results.map(result => (result as { result?: { value: { text: string[] } }[] }).result?.[0]?.value.text)
}

describe('files of the Label Studio that calls', () => {
  let server: TestServer
  before(async () => {
    server = await startServer('file-reader.ts')
  })
  after(() => server.close())

  it('come from where /setup said, with its token, for the project of that /setup', async () => {
    await setup(server, '12.1700000000', one)
    await setup(server, '13.1700000000', other, 'another')
    const data = values.map(image => ({ image, other: '/data/local-files/?d=a.png' }))
    const local = (name: string, key: string) => `${name} /data/local-files/?d=a.png Token ${key}`
    assert.deepEqual(await predict(server, '12.1700000000', data), [
      [`one /data/upload/30/cat.png Token ${token}`, local('one', token)],
      [`one /data/upload/30/dog.png Token ${token}`, local('one', token)],
    ])
    assert.deepEqual(await predict(server, '13.1700000000', data.slice(0, 1)), [
      ['other /data/upload/30/cat.png Token another', local('other', 'another')],
    ])
  })

  it('come from where /predict says, where that says more; a token goes to its own Label Studio only', async () => {
    await setup(server, '14.1', one, 'first')
    await setup(server, '14.2', other, 'second')
    const [image] = [{ image: '/data/upload/1/a.png' }]
    const read = (params: object) => predict(server, '14.1', [image], params)
    assert.deepEqual(await read({ hostname: one.url }), [['one /data/upload/1/a.png Token first']])
    assert.deepEqual(await read({ hostname: other.url }), [['other /data/upload/1/a.png Token second']])
    assert.deepEqual(await read({}), [['other /data/upload/1/a.png Token second']])
    const [unknown] = [{ image: '/data/upload/1/b.png' }]
    assert.deepEqual(await predict(server, '15.1', [unknown], { hostname: one.url }), [
      ['one /data/upload/1/b.png undefined'],
    ])
  })

  it('do not keep a project from being answered when nothing that is said is an address', async () => {
    const hostnames = ['', '/label-studio', 'not a url', 'file:///etc', 'http://user:secret@127.0.0.1/', null]
    for (const [place, hostname] of hostnames.entries()) {
      const project = `2${place}.1`
      const body = { project, schema: config, hostname, access_token: 'a b' }
      assert.equal((await server.post('/setup', body)).status, 200)
      assert.deepEqual(await predict(server, project, [{ image: 'upload/1/a.png' }, { image: 'data:,cat' }]), [
        undefined,
        ['cat'],
      ])
    }
  })

  it('open no way to other hosts of the network', async () => {
    await setup(server, '12.1', one)
    const hosts = [
      other.url,
      other.url.replace('127.0.0.1', 'localhost'),
      other.url.replace('127.0.0.1', '[::ffff:7f00:1]'),
    ]
    const images = hosts.map(host => ({ image: `${host}/data/upload/1/a.png` }))
    assert.deepEqual(await predict(server, '12.1', images), [undefined, undefined, undefined])
    assert.deepEqual(await predict(server, '12.1', [{ image: `${one.url}/metrics` }]), [undefined])
    assert.equal(other.requests.length, 0)
    assert.equal(one.requests.length, 0)
  })

  it('leave a person who waits not without the reason when they cannot be had', async () => {
    const ask = (data: object) =>
      server.post('/predict', {
        tasks: [{ id: 7, data }],
        project: '12.1',
        label_config: config,
        params: { context: { result: [] } },
      })
    const refused = await ask({ image: `${other.url}/a.png` })
    assert.equal(refused.status, 502)
    assert.match(refused.statusText, /task 7: .*private network/)
    const missing = await ask({ picture: 'a.png' })
    assert.equal(missing.status, 422)
    assert.match(missing.statusText, /task 7 has no data.image/)
  })

  it('serve trainings, too', async () => {
    await setup(server, '16.1', one)
    const region = { id: 'a', from_name: 'text', to_name: 'image', type: 'textarea', value: { text: ['a cat'] } }
    const annotations = values.map((image, id) => ({
      id,
      data: { image },
      annotations: [{ id: 100 + id, result: [region], was_cancelled: false }],
    }))
    const response = await server.post('/train', { project: '16.1', annotations, label_config: config })
    const { job } = (await response.json()) as { job: string }
    const ended = await untilJob(server, job, ({ state }) => state === 'succeeded' || state === 'failed', 60_000)
    assert.equal(ended.state, 'succeeded', ended.error?.message)
    const texts = JSON.parse(
      await readFile(join(server.modelsDir, '16', ended.version as string, 'texts.json'), 'utf8'),
    )
    assert.deepEqual(
      texts,
      ['cat', 'dog'].map(name => `one /data/upload/30/${name}.png Token ${token}`),
    )
  })
})

describe('the Label Studio of the operator', () => {
  it('wins over the one that calls, and no token of another goes there', async () => {
    const server = await startServer('file-reader.ts', { labelStudio: { url: one.url, apiKey: 'operator' } })
    try {
      await setup(server, '12.1', other)
      const images = [{ image: '/data/upload/1/a.png' }, { image: `${other.url}/data/upload/1/b.png` }]
      assert.deepEqual(await predict(server, '12.1', images), [
        ['one /data/upload/1/a.png Token operator'],
        ['one /data/upload/1/b.png Token operator'],
      ])
      assert.equal(other.requests.length, 0)
    } finally {
      await server.close()
    }
  })
})

describe('private addresses', () => {
  it('may be allowed, and wrong ranges are told at the door', async () => {
    const server = await startServer('file-reader.ts', { allowAddresses: ['127.0.0.0/8'] })
    try {
      assert.deepEqual(await predict(server, '12', [{ image: `${one.url}/a.png` }]), [['one /a.png undefined']])
    } finally {
      await server.close()
    }
    await assert.rejects(startServer('file-reader.ts', { allowAddresses: ['10.0.0.0/99'] }), {
      code: 'HTX_OPTION_INVALID',
      message: /--allow-address/,
    })
  })
})

describe('files in clouds', () => {
  it('are signed by Label Studio for the task that holds them: inputs, what a model resolves, items of a training', async () => {
    const server = await startServer('file-reader.ts')
    try {
      await setup(server, '17.1', one)
      const images = [{ image: 's3://bucket/a.png', other: 's3://bucket/b.png' }]
      const [texts] = await predict(server, '17.1', images)
      const route = (task: number, uri: string) => `/tasks/${task}/presign/?fileuri=${encodeURIComponent(btoa(uri))}`
      const passed = (uri: string) => `one ${route(0, uri)} Token ${token}`
      assert.deepEqual(texts, [passed('s3://bucket/a.png'), passed('s3://bucket/b.png')])
      const region = { id: 'a', from_name: 'text', to_name: 'image', type: 'textarea', value: { text: ['a cat'] } }
      const annotations = [
        {
          id: 7,
          data: { image: 's3://bucket/c.png' },
          annotations: [{ id: 1, result: [region], was_cancelled: false }],
        },
      ]
      const response = await server.post('/train', { project: '17.1', annotations, label_config: config })
      const { job } = (await response.json()) as { job: string }
      const ended = await untilJob(server, job, ({ state }) => state === 'succeeded' || state === 'failed', 60_000)
      assert.equal(ended.state, 'succeeded', ended.error?.message)
      assert.equal(one.requests.at(-1)?.url, route(7, 's3://bucket/c.png'))
    } finally {
      await server.close()
    }
  })
})
