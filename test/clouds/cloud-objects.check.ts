import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { extname, join } from 'node:path'
import { createInterface } from 'node:readline'
import { after, before, describe, it } from 'node:test'
import { gzipSync } from 'node:zlib'
import { GetObjectCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3'
import { BlobServiceClient } from '@azure/storage-blob'
import S3rver from 's3rver'
import { openTaskData } from '../../packages/core/src/task-data/task-data.ts'

/*
 * Each cloud's own SDK against a local server: s3rver and Azurite, programs that others keep for this purpose; for Google, where none is
 * on npm, a server that answers the two requests of its JSON API as the documentation of that says.
 */

const bytes = Buffer.from(Array.from({ length: 300_000 }, (_, at) => (at * 7) % 256))
const key = 'set 1/cät #1.png'
const invalid = { code: 'HTX_TASK_DATA_INVALID' }
const unreachable = { code: 'HTX_TASK_DATA_UNREACHABLE' }

let home: string

before(async () => {
  home = await mkdtemp(join(tmpdir(), 'htx-clouds-'))
})
after(() => rm(home, { recursive: true, force: true }))

/** What holds for each of them. */
function readsFiles(scheme: string, { credentials }: { readonly credentials: RegExp }): void {
  it('reads a file as it is, keeps its extension, and reads it once', async () => {
    await using taskData = openTaskData()
    const paths = await Promise.all([1, 2].map(() => taskData.resolve(`${scheme}://bucket/${key}`)))
    assert.equal(new Set(paths).size, 1)
    assert.equal(extname(paths[0] as string), '.png')
    assert.ok((await readFile(paths[0] as string)).equals(bytes))
  })

  it('unpacks what is stored packed, and says the extension by its media type', async () => {
    await using taskData = openTaskData()
    const path = await taskData.resolve(`${scheme}://bucket/packed`)
    assert.equal(extname(path), '.txt')
    assert.equal(await readFile(path, 'utf8'), 'unpacked')
  })

  it('says that there is no such file', async () => {
    await using taskData = openTaskData()
    await assert.rejects(taskData.resolve(`${scheme}://bucket/gone.png`), { ...invalid, message: /404/ })
    await assert.rejects(taskData.resolve(`${scheme}://no-such-bucket/gone.png`), { ...invalid, message: /404/ })
  })

  it('refuses files over the limit', async () => {
    await using taskData = openTaskData({ fileLimitBytes: 100_000 })
    await assert.rejects(taskData.resolve(`${scheme}://bucket/${key}`), {
      ...unreachable,
      message: /larger than 100000/,
    })
  })

  it('names the settings when credentials are refused', async () => {
    await using taskData = openTaskData()
    await assert.rejects(taskData.resolve(`${scheme}://bucket/forbidden.png`), { message: credentials })
  })
}

/** Sets variables until the end of the suite. */
function environment(variables: () => Readonly<Record<string, string>>): void {
  const earlier = { ...process.env }
  before(() => Object.assign(process.env, variables()))
  after(() => {
    for (const name of Object.keys(variables())) delete process.env[name]
    Object.assign(process.env, earlier)
  })
}

describe('s3://', () => {
  let server: S3rver
  let port = 0

  before(async () => {
    server = new S3rver({
      port: 0,
      silent: true,
      directory: join(home, 's3'),
      configureBuckets: [{ name: 'bucket', configs: [] }],
    })
    port = ((await server.run()) as AddressInfo).port
    const client = new S3Client({
      endpoint: `http://127.0.0.1:${port}`,
      region: 'us-east-1',
      forcePathStyle: true,
      credentials: { accessKeyId: 'S3RVER', secretAccessKey: 'S3RVER' },
      // s3rver is older than the checksums that the SDK adds.
      requestChecksumCalculation: 'WHEN_REQUIRED',
    })
    const put = (Key: string, Body: Buffer, more: object = {}) =>
      client.send(new PutObjectCommand({ Bucket: 'bucket', Key, Body, ...more }))
    await put(key, bytes)
    await put('packed', gzipSync('unpacked'), { ContentEncoding: 'gzip', ContentType: 'text/plain' })
    await client.send(new GetObjectCommand({ Bucket: 'bucket', Key: key }))
    client.destroy()
  })
  after(() => server.close())
  environment(() => ({
    AWS_ENDPOINT_URL: `http://127.0.0.1:${port}`,
    AWS_DEFAULT_REGION: 'us-east-1',
    AWS_ACCESS_KEY_ID: 'S3RVER',
    AWS_SECRET_ACCESS_KEY: 'S3RVER',
  }))

  readsFiles('s3', { credentials: /404/ })

  it('names the settings when the key is wrong', async () => {
    process.env.AWS_ACCESS_KEY_ID = 'nobody'
    await using taskData = openTaskData()
    await assert.rejects(taskData.resolve(`s3://bucket/${key}`), { ...unreachable, message: /403 .*AWS_ACCESS_KEY_ID/ })
    process.env.AWS_ACCESS_KEY_ID = 'S3RVER'
  })
})

describe('azure-blob://', () => {
  /** The account that every Azurite has. */
  const account = 'devstoreaccount1'
  const accountKey = 'Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw=='
  let azurite: ChildProcess
  let connection = ''

  before(async () => {
    const main = new URL('node_modules/azurite/dist/src/blob/main.js', import.meta.url).pathname
    const flags = ['--blobPort', '0', '--location', join(home, 'azure'), '--skipApiVersionCheck', '--disableTelemetry']
    azurite = spawn('node', [main, ...flags], { stdio: ['ignore', 'pipe', 'inherit'] })
    let url = ''
    for await (const line of createInterface({ input: azurite.stdout as NodeJS.ReadableStream })) {
      url = /successfully listen\w* (?:at|on) (http:\S+)/.exec(line)?.[1] ?? ''
      if (url !== '') break
    }
    azurite.stdout?.resume()
    connection = `DefaultEndpointsProtocol=http;AccountName=${account};AccountKey=${accountKey};BlobEndpoint=${url}/${account};`
    const container = BlobServiceClient.fromConnectionString(connection).getContainerClient('bucket')
    await container.create()
    await container.getBlockBlobClient(key).uploadData(bytes)
    const blobHTTPHeaders = { blobContentEncoding: 'gzip', blobContentType: 'text/plain' }
    await container.getBlockBlobClient('packed').uploadData(gzipSync('unpacked'), { blobHTTPHeaders })
  })
  after(async () => {
    azurite.kill()
    await once(azurite, 'close')
  })
  environment(() => ({ AZURE_STORAGE_CONNECTION_STRING: connection }))

  readsFiles('azure-blob', { credentials: /404/ })

  it('names the settings when there are none', async () => {
    delete process.env.AZURE_STORAGE_CONNECTION_STRING
    await using taskData = openTaskData()
    await assert.rejects(taskData.resolve('azure-blob://bucket/a.png'), {
      ...invalid,
      message: /AZURE_STORAGE_ACCOUNT/,
    })
    process.env.AZURE_STORAGE_CONNECTION_STRING = connection.replace('Eby8', 'Eby9')
    await using other = openTaskData()
    await assert.rejects(other.resolve('azure-blob://bucket/a.png'), { ...unreachable, message: /403 .*AZURE_STORAGE/ })
    process.env.AZURE_STORAGE_CONNECTION_STRING = connection
  })
})

describe('gs://', () => {
  const files = new Map<string, { bytes: Buffer; contentType: string; contentEncoding?: string }>([
    [key, { bytes, contentType: 'image/png' }],
    ['packed', { bytes: gzipSync('unpacked'), contentType: 'text/plain', contentEncoding: 'gzip' }],
  ])
  /** Source: cloud.google.com/storage/docs/json_api, objects: get, with and without alt=media. */
  const server = createServer((request, response) => {
    const url = new URL(request.url ?? '', 'http://any')
    const [, bucket, name = ''] = /^(?:\/download)?(?:\/storage\/v1)?\/b\/([^/]+)\/o\/([^/]+)$/.exec(url.pathname) ?? []
    const file = bucket === 'bucket' ? files.get(decodeURIComponent(name)) : undefined
    const fail = (code: number, message: string) => {
      response.writeHead(code, { 'content-type': 'application/json' }).end(JSON.stringify({ error: { code, message } }))
    }
    if (name === 'forbidden.png') return fail(403, 'Forbidden')
    if (file === undefined) return fail(404, `No such object: ${bucket}/${name}`)
    if (url.searchParams.get('alt') !== 'media') {
      const { contentType, contentEncoding, bytes } = file
      const metadata = {
        kind: 'storage#object',
        name,
        bucket,
        size: String(bytes.length),
        contentType,
        contentEncoding,
      }
      return response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(metadata))
    }
    if (file.contentEncoding !== undefined) response.setHeader('content-encoding', file.contentEncoding)
    return response
      .writeHead(200, { 'content-type': file.contentType, 'content-length': file.bytes.length })
      .end(file.bytes)
  })
  let port = 0

  before(async () => {
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    port = (server.address() as AddressInfo).port
  })
  after(async () => {
    server.closeAllConnections()
    await new Promise(closed => server.close(closed))
  })
  environment(() => ({ STORAGE_EMULATOR_HOST: `http://127.0.0.1:${port}` }))

  readsFiles('gs', { credentials: /403 .*GOOGLE_APPLICATION_CREDENTIALS/ })
})
