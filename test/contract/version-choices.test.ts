import assert from 'node:assert/strict'
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, it } from 'node:test'
import { ModelStore } from '@htx/core'
import { eventually, resultsOf, startServer, type TestServer } from '../support/model-server.ts'

let modelsDir: string
let server: TestServer

beforeEach(async () => {
  modelsDir = await mkdtemp(join(tmpdir(), 'htx-choices-'))
  server = await startServer('scripted.ts', { workers: 1, modelsDir })
})
afterEach(async () => {
  await server.close()
  await rm(modelsDir, { recursive: true, force: true })
})

/** @returns the version, when it has been seen */
async function publish(resources: object, held?: string): Promise<string> {
  const store = await ModelStore.open(modelsDir)
  const staged = await store.stage('12')
  const { version } = await store.publish(staged, { resources, ...(held === undefined ? {} : { held }) })
  await eventually(
    () => list(),
    versions =>
      /active|failed|held/.test(stateOf(versions, version)) || versions.some(({ chosen }) => chosen === 'pinned'),
  )
  return version
}

interface VersionView {
  readonly version: string
  readonly state: string
  readonly chosen?: string
}

async function list(): Promise<VersionView[]> {
  return ((await (await fetch(`${server.url}/api/versions`)).json()) as { versions: VersionView[] }).versions
}

function stateOf(versions: readonly VersionView[], wanted: string): string {
  return versions.find(({ version }) => version === wanted)?.state ?? 'unseen'
}

async function ask(version: string, action: 'activate' | 'pin' | 'unpin'): Promise<{ status: number; text: string }> {
  const response = await server.post(`/api/versions/12/${version}/${action}`, {})
  return { status: response.status, text: await response.text() }
}

async function remove(version: string): Promise<{ status: number; text: string }> {
  const response = await fetch(`${server.url}/api/versions/12/${version}`, { method: 'DELETE' })
  return { status: response.status, text: await response.text() }
}

async function serving(): Promise<string | null> {
  return (await resultsOf(await server.predict(['fine']))).model_version
}

describe('a choice of versions', () => {
  it('takes an older version back into service until a newer one comes', async () => {
    const first = await publish({ score: 0.1 })
    const second = await publish({ score: 0.2 })
    assert.equal(await serving(), second)
    assert.equal((await ask(first, 'activate')).status, 200)
    assert.equal(await serving(), first)
    const third = await publish({ score: 0.3 })
    assert.equal(await serving(), third)
  })

  it('serves a pinned version whatever comes, over a restart, until it is unpinned', async () => {
    const first = await publish({ score: 0.1 })
    const { text } = await ask(first, 'pin')
    assert.equal((JSON.parse(text) as VersionView).chosen, 'pinned')
    const second = await publish({ score: 0.2 })
    assert.equal(await serving(), first)
    await server.close()
    server = await startServer('scripted.ts', { workers: 1, modelsDir })
    assert.equal(await serving(), first)
    await ask(second, 'unpin')
    assert.equal(await serving(), first)
    await ask(first, 'unpin')
    assert.equal(await serving(), second)
  })

  it('serves a version that is held back when a person wants it', async () => {
    const first = await publish({ score: 0.1 })
    const held = await publish({ score: 0.2 }, 'its accuracy is worse')
    assert.equal(await serving(), first)
    await ask(held, 'activate')
    assert.equal(await serving(), held)
  })

  it('changes nothing when the chosen version cannot be loaded, and says why', async () => {
    const good = await publish({ score: 0.1 })
    const bad = await publish({ failLoad: true })
    const { status, text } = await ask(bad, 'pin')
    assert.equal(status, 500)
    assert.match(text, /HTX_MODEL_LOAD_FAILED.*weights are not what they should be/)
    assert.equal(await serving(), good)
    assert.equal(
      (await list()).some(({ chosen }) => chosen !== undefined),
      false,
    )
  })

  it('deletes a version, but not one that serves or was chosen', async () => {
    const first = await publish({ score: 0.1 })
    const second = await publish({ score: 0.2 })
    assert.match((await remove(second)).text, /HTX_VERSION_IN_USE/)
    assert.equal((await remove(first)).status, 200)
    assert.equal((await readdir(join(modelsDir, '12'))).includes(first), false)
    assert.equal((await remove(first)).status, 404)
  })

  it('deletes a version whose manifest cannot be read', async () => {
    const version = '20270101T000000000Z-aaaa'
    await mkdir(join(modelsDir, '12', version), { recursive: true })
    await writeFile(join(modelsDir, '12', version, 'manifest.json'), '{"format":1, broken')
    assert.equal((await remove(version)).status, 200)
    assert.equal((await readdir(join(modelsDir, '12'))).includes(version), false)
  })

  it('answers 404 for a version that is not there, and refuses names that lead elsewhere', async () => {
    assert.equal((await ask('20200101T000000000Z-0000', 'pin')).status, 404)
    assert.equal((await ask('..%2F..%2Fetc', 'pin')).status, 400)
  })
})

describe('old versions', () => {
  it('are deleted after trainings, but not the pinned one', async () => {
    await server.close()
    server = await startServer('scripted.ts', { workers: 1, modelsDir, keepVersions: 1, train: trainModule })
    const first = await publish({ score: 0.1 })
    await ask(first, 'pin')
    const second = await publish({ score: 0.2 })
    await server.post('/train', {
      project: '12',
      label_config:
        '<View><Text name="text" value="$text"/><Choices name="sentiment" toName="text"><Choice value="Positive"/></Choices></View>',
      annotations: [{ id: 1, data: { text: 'fine' }, annotations: [{ id: 1, result: [] }] }],
    })
    await eventually(
      () => readdir(join(modelsDir, '12')),
      names => !names.includes(second),
    )
    assert.equal((await readdir(join(modelsDir, '12'))).includes(first), true)
    assert.equal(await serving(), first)
  })
})

const trainModule = new URL('../models/train-nothing.ts', import.meta.url)
