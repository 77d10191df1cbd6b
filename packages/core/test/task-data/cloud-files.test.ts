import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { extname } from 'node:path'
import { afterEach, beforeEach, describe, it } from 'node:test'
import { openTaskData, type ResolveOptions, type TaskData } from '../../src/task-data/task-data.ts'
import { type FileServer, serveFiles } from './serve-files.ts'

const apiKey = '0123456789abcdef0123456789abcdef01234567'
const uri = 's3://bucket/set 1/cät?.png'

let cloud: FileServer
let labelStudio: FileServer
let taskData: TaskData
/** What Label Studio answers for a file in a cloud. */
let answer: 'sign' | 'pass on' | 'no such storage' | 'refuse'

beforeEach(async () => {
  answer = 'sign'
  cloud = await serveFiles((request, response) => response.end(`cloud ${request.headers.authorization}`))
  labelStudio = await serveFiles((request, response) => {
    if (answer === 'sign') response.writeHead(303, { location: `${cloud.url}/signed?signature=secret` }).end()
    else if (answer === 'pass on') response.end(`passed on ${request.headers.authorization}`)
    else response.writeHead(answer === 'refuse' ? 403 : 404).end()
  })
  taskData = openTaskData({ labelStudio: { url: `${labelStudio.url}/ls`, apiKey }, allowAddresses: ['127.0.0.1'] })
})

afterEach(async () => {
  await taskData.close()
  await labelStudio.close()
  await cloud.close()
})

const read = async (value: string, options: ResolveOptions) => readFile(await taskData.resolve(value, options), 'utf8')

describe('files in clouds', () => {
  it('come through the address that Label Studio signs for their task, without its token', async () => {
    const path = await taskData.resolve(uri, { task: 7, project: '12' })
    assert.equal(extname(path), '.png')
    assert.equal(await readFile(path, 'utf8'), 'cloud undefined')
    const asked = new URL(labelStudio.requests[0]?.url ?? '', 'http://any')
    assert.equal(asked.pathname, '/ls/tasks/7/presign/')
    const fileuri = asked.searchParams.get('fileuri') ?? ''
    assert.match(fileuri, /^[\w-]+=*$/)
    assert.equal(fileuri.length % 4, 0)
    assert.equal(Buffer.from(fileuri, 'base64url').toString('utf8'), uri)
    assert.equal(labelStudio.requests[0]?.headers.authorization, `Token ${apiKey}`)
  })

  it('come through Label Studio itself where it does not sign', async () => {
    answer = 'pass on'
    assert.equal(await read('gs://bucket/a.png', { task: '8' }), `passed on Token ${apiKey}`)
    assert.equal(extname(await taskData.resolve('gs://bucket/\ud800//%zz.png', { task: '8' })), '.png')
  })

  it('are asked for by the project where the task is not known', async () => {
    await taskData.resolve('azure-blob://container/a.png', { project: '12' })
    assert.match(labelStudio.requests[0]?.url ?? '', /^\/ls\/projects\/12\/presign\/\?fileuri=/)
  })

  it('are fetched once for all tasks of a project, and again for another project', async () => {
    for (const task of [1, 2, 3]) await taskData.resolve(uri, { task, project: '12' })
    assert.equal(labelStudio.requests.length, 1)
    await taskData.resolve(uri, { task: 4, project: '13' })
    assert.equal(labelStudio.requests.length, 2)
  })

  it('are asked of the SDK where Label Studio has no storage for them, or cannot be asked; it says what to install', async () => {
    answer = 'no such storage'
    const install = (sdk: string) => ({ code: 'HTX_TASK_DATA_INVALID', message: new RegExp(`npm install ${sdk}`) })
    await assert.rejects(taskData.resolve(uri, { task: 7 }), install('@aws-sdk/client-s3'))
    await assert.rejects(taskData.resolve(uri, { task: 7 }), { message: /Label Studio has no storage/ })
    const before = labelStudio.requests.length
    await assert.rejects(taskData.resolve('s3://b/k', {}), install('@aws-sdk/client-s3'))
    await assert.rejects(taskData.resolve('gs://b/k', { task: 'x', project: 'mine' }), install('@google-cloud/storage'))
    await assert.rejects(taskData.resolve('azure-blob://b/k'), install('@azure/storage-blob'))
    assert.equal(labelStudio.requests.length, before)
  })

  it('are not looked for elsewhere when Label Studio refuses them', async () => {
    answer = 'refuse'
    await assert.rejects(taskData.resolve(uri, { task: 7 }), {
      code: 'HTX_TASK_DATA_UNREACHABLE',
      message: /LABEL_STUDIO_API_KEY/,
    })
  })

  it('are named by a bucket and a file', async () => {
    for (const value of ['s3://', 's3://bucket', 's3://bucket/', 'gs:///key', 'azure-blob://c/']) {
      await assert.rejects(taskData.resolve(value, { task: 7 }), { code: 'HTX_TASK_DATA_INVALID', message: /a bucket/ })
    }
  })
})
