import assert from 'node:assert/strict'
import {
  access,
  appendFile,
  cp,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  realpath,
  rename,
  rm,
  symlink,
  truncate,
  writeFile,
} from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, it } from 'node:test'
import { ModelStore } from '../../src/manifest/model-store.ts'
import type { StoredVersion } from '../../src/manifest/stored-version.ts'

let root: string
let store: ModelStore

beforeEach(async () => {
  root = await realpath(await mkdtemp(join(tmpdir(), 'htx-store-')))
  store = await ModelStore.open(join(root, 'models'))
})

afterEach(() => rm(root, { recursive: true, force: true }))

async function publish(project: string, version?: string, content = 'weights'): Promise<StoredVersion> {
  const staged = await store.stage(project)
  await mkdir(join(staged.directory, 'net'))
  await writeFile(join(staged.directory, 'net', 'weights.bin'), content)
  const resources = { weights: join(staged.directory, 'net', 'weights.bin'), labels: ['a'] }
  return store.publish(staged, { resources, ...(version === undefined ? {} : { version }) })
}

describe('publishing', () => {
  it('makes a version whose resources lead to its files', async () => {
    const { version, directory, resources, manifest } = await publish('12')
    assert.deepEqual(await store.list(), new Map([['12', [version]]]))
    assert.equal(directory, join(root, 'models', '12', version))
    assert.equal(await readFile(resources.weights as string, 'utf8'), 'weights')
    assert.deepEqual(
      manifest.files.map(({ path, sizeBytes }) => [path, sizeBytes]),
      [['net/weights.bin', 7]],
    )
    assert.deepEqual(await readdir(join(root, 'models', '12')), [version], 'nothing is left of the staging')
  })

  it('keeps metrics and the parent', async () => {
    const staged = await store.stage('12')
    const { manifest } = await store.publish(staged, { resources: {}, metrics: { accuracy: 0.9 }, parent: '1' })
    assert.deepEqual([manifest.metrics, manifest.parent], [{ accuracy: 0.9 }, '1'])
  })

  it('never overwrites, not even an empty directory, and the staged directory can be published under another name', async () => {
    await publish('12', 'v1', 'first')
    await mkdir(join(root, 'models', '12', 'v2'))
    const staged = await store.stage('12')
    for (const version of ['v1', 'v2']) {
      await assert.rejects(store.publish(staged, { resources: {}, version }), { code: 'HTX_VERSION_EXISTS' })
    }
    assert.equal(await readFile((await store.read('12', 'v1')).resources.weights as string, 'utf8'), 'first')
    assert.equal((await store.publish(staged, { resources: {}, version: 'v3' })).version, 'v3')
  })

  it('names each version after the ones before', async () => {
    const versions = []
    for (let made = 0; made < 5; made += 1) versions.push((await publish('12')).version)
    assert.deepEqual(await store.versions('12'), versions)
  })

  it('refuses symbolic links', async () => {
    const staged = await store.stage('12')
    await symlink('/etc/hostname', join(staged.directory, 'link'))
    await assert.rejects(store.publish(staged, { resources: {} }), { code: 'HTX_MANIFEST_INVALID', message: /link/ })
    assert.deepEqual(await store.versions('12'), [])
  })

  it('refuses a manifest.json of the train function', async () => {
    const staged = await store.stage('12')
    await writeFile(join(staged.directory, 'manifest.json'), '{}')
    await assert.rejects(store.publish(staged, { resources: {} }), { code: 'HTX_MANIFEST_INVALID' })
    assert.equal(await readFile(join(staged.directory, 'manifest.json'), 'utf8'), '{}')
  })

  it('leaves no manifest behind when the resources are refused', async () => {
    const staged = await store.stage('12')
    await assert.rejects(store.publish(staged, { resources: { weights: new Float32Array(1) } }), {
      code: 'HTX_MANIFEST_INVALID',
    })
    assert.deepEqual(await readdir(staged.directory), [])
  })

  it('publishes and discards only what was staged here', async () => {
    const { directory } = await publish('12')
    const foreign = join(root, 'other', '12', '.staging-x')
    await mkdir(foreign, { recursive: true })
    for (const path of [directory, foreign]) {
      await assert.rejects(store.discard({ project: '12', directory: path }), { code: 'HTX_OPTION_INVALID' })
      await assert.rejects(store.publish({ project: '12', directory: path }, { resources: {} }), {
        code: 'HTX_OPTION_INVALID',
      })
      await access(path)
    }
  })

  it('discards a staged directory', async () => {
    const staged = await store.stage('12')
    await store.discard(staged)
    assert.deepEqual(await readdir(join(root, 'models', '12')), [])
  })

  it('refuses project names that leave the directory', async () => {
    await assert.rejects(store.stage('../12'), { code: 'HTX_OPTION_INVALID' })
  })
})

describe('listing', () => {
  it('passes over what is no version', async () => {
    const { version, directory } = await publish('12')
    const project = join(root, 'models', '12')
    await store.stage('12')
    await mkdir(join(project, 'half-copied'))
    await cp(directory, join(project, 'initial'), { recursive: true })
    await cp(directory, join(project, '.hidden'), { recursive: true })
    await cp(directory, join(project, 'with space'), { recursive: true })
    await symlink(directory, join(project, 'link'))
    await mkdir(join(project, 'manifest-elsewhere'))
    await symlink(join(directory, 'manifest.json'), join(project, 'manifest-elsewhere', 'manifest.json'))
    await writeFile(join(project, 'file'), '')
    await writeFile(join(root, 'models', 'htx.db'), '')
    await mkdir(join(root, 'models', 'lost+found'))
    assert.deepEqual(await store.list(), new Map([['12', [version]]]))
    await assert.rejects(store.read('12', 'manifest-elsewhere'), { code: 'HTX_VERSION_NOT_FOUND' })
  })

  it('tells a directory that is gone from one without versions', async () => {
    assert.deepEqual(await store.list(), new Map())
    await rm(join(root, 'models'), { recursive: true })
    assert.equal(await store.list(), undefined)
    assert.deepEqual(await store.versions('12'), [])
  })
})

describe('reading', () => {
  it('gives absolute paths wherever the directory lies now, under the project that it lies in', async () => {
    const { version } = await publish('12')
    await rename(join(root, 'models'), join(root, 'moved'))
    await rename(join(root, 'moved', '12'), join(root, 'moved', '13'))
    const moved = await (await ModelStore.open(join(root, 'moved'))).read('13', version)
    assert.equal(moved.project, '13')
    assert.equal(moved.resources.weights, join(root, 'moved', '13', version, 'net', 'weights.bin'))
    await store.verify(moved)
  })

  it('says when there is no such version', async () => {
    await assert.rejects(store.read('12', 'v1'), { code: 'HTX_VERSION_NOT_FOUND' })
  })
})

describe('verifying', () => {
  it('finds a missing file, a file cut short, and with hashes a changed one', async () => {
    const stored = await publish('12')
    const weights = stored.resources.weights as string
    await store.verify(stored)

    await writeFile(weights, 'WEIGHTS')
    await store.verify(stored, { hash: false })
    await assert.rejects(store.verify(stored), { code: 'HTX_VERSION_CORRUPT', message: /SHA-256/ })

    await appendFile(weights, '!')
    await assert.rejects(store.verify(stored, { hash: false }), {
      code: 'HTX_VERSION_CORRUPT',
      message: /7 bytes and has 8/,
    })

    await rm(weights)
    await assert.rejects(store.verify(stored, { hash: false }), { code: 'HTX_VERSION_CORRUPT', message: /missing/ })
  })

  it('does not follow symbolic links that were put in later, to files or directories', async () => {
    const stored = await publish('12')
    const net = join(stored.directory, 'net')
    await cp(net, join(root, 'net'), { recursive: true })
    await rm(net, { recursive: true })
    await symlink(join(root, 'net'), net)
    await assert.rejects(store.verify(stored), { code: 'HTX_VERSION_CORRUPT', message: /symbolic link/ })
  })
})

describe('a models directory', () => {
  it('is made when it is missing', async () => {
    await ModelStore.open(join(root, 'new', 'models'))
    assert.deepEqual(await readdir(join(root, 'new')), ['models'])
  })

  it('cannot be a file or below one', async () => {
    await writeFile(join(root, 'file'), '')
    for (const path of ['file', 'file/models']) {
      await assert.rejects(ModelStore.open(join(root, path)), {
        code: 'HTX_MODELS_DIR_UNUSABLE',
        message: /--models-dir/,
      })
    }
  })

  it('that has become a file is unusable for staging and listing', async () => {
    await rm(join(root, 'models'), { recursive: true })
    await writeFile(join(root, 'models'), '')
    await assert.rejects(store.stage('12'), { code: 'HTX_MODELS_DIR_UNUSABLE' })
    await assert.rejects(store.list(), { code: 'HTX_MODELS_DIR_UNUSABLE' })
  })

  it('may be reached through a symbolic link', async () => {
    await symlink(join(root, 'models'), join(root, 'link'))
    store = await ModelStore.open(join(root, 'link'))
    const { resources } = await publish('12')
    assert.equal(await readFile(resources.weights as string, 'utf8'), 'weights')
  })
})

describe('a models directory that came from elsewhere', () => {
  it('holds no manifest that is a symbolic link, nor a version that is one', async () => {
    const { version, directory } = await publish('12')
    const manifest = join(directory, 'manifest.json')
    await rename(manifest, join(root, 'manifest.json'))
    await symlink(join(root, 'manifest.json'), manifest)
    assert.deepEqual(await store.versions('12'), [])
    await assert.rejects(store.read('12', version), { code: 'HTX_VERSION_NOT_FOUND' })
    await rm(manifest)
    await rename(join(root, 'manifest.json'), manifest)
    await rename(directory, join(root, 'elsewhere'))
    await symlink(join(root, 'elsewhere'), directory)
    await assert.rejects(store.read('12', version), { code: 'HTX_VERSION_NOT_FOUND' })
  })

  it('has no manifest that is too large to read, or nested too deep to be sent to a worker', async () => {
    const { version, directory, manifest } = await publish('12')
    const path = join(directory, 'manifest.json')
    await truncate(path, 100 * 1024 ** 3)
    await assert.rejects(store.read('12', version), { code: 'HTX_MANIFEST_INVALID' })
    const deep = `${'['.repeat(10_000)}${']'.repeat(10_000)}`
    await writeFile(path, JSON.stringify(manifest).replace('"resources":{', `"resources":{"deep":${deep},`))
    await assert.rejects(store.read('12', version), { code: 'HTX_MANIFEST_INVALID' })
  })

  it('has no version whose resources name what its manifest does not list', async () => {
    const stored = await publish('12')
    const path = join(stored.directory, 'manifest.json')
    const text = await readFile(path, 'utf8')
    const reads = async (weights: string) => {
      await writeFile(path, text.replace('"weights": "net/weights.bin"', `"weights": ${JSON.stringify(weights)}`))
      return store.verify(await store.read('12', stored.version))
    }
    await writeFile(join(stored.directory, 'other.bin'), 'weights')
    await writeFile(join(root, 'secret.txt'), 'secret')
    await symlink(join(root, 'secret.txt'), join(stored.directory, 'link'))
    await reads('net/weights.bin')
    await reads('net')
    await reads('made-later')
    for (const unlisted of ['other.bin', 'link', '.', 'manifest.json']) {
      await assert.rejects(reads(unlisted), { code: 'HTX_VERSION_CORRUPT' }, unlisted)
    }
  })
})
