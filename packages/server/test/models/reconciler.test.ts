import assert from 'node:assert/strict'
import { cp, mkdir, mkdtemp, readFile, rename, rm, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, it } from 'node:test'
import { ModelStore } from '@htx/core'
import { ModelVersions } from '../../src/models/model-versions.ts'
import { Reconciler, type ReconcilerSettings } from '../../src/models/reconciler.ts'
import type { VersionStatus } from '../../src/models/version-state.ts'
import { MemoryLoader } from './memory-loader.ts'

let root: string
let store: ModelStore
let versions: ModelVersions
let loader: MemoryLoader
let reconciler: Reconciler
let warnings: string[]

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'htx-reconciler-'))
  store = await ModelStore.open(join(root, 'models'))
  versions = new ModelVersions()
  loader = new MemoryLoader()
  warnings = []
})

afterEach(async () => {
  await reconciler.close()
  await rm(root, { recursive: true, force: true })
})

/** Without other settings neither clock nor retry comes within a test. */
async function start(settings: Partial<ReconcilerSettings> = {}, initial?: Record<string, unknown>): Promise<void> {
  const silent = () => {}
  const log = {
    debug: silent,
    info: silent,
    error: silent,
    warn: (_: unknown, message: string) => warnings.push(message),
  }
  reconciler = new Reconciler({
    store,
    versions,
    loader,
    log: log as unknown as ReconcilerSettings['log'],
    scanIntervalMs: 600_000,
    retryMs: 600_000,
    watchPolling: false,
    watchPollMs: 20,
    ...settings,
  })
  await reconciler.start({ initial })
}

async function look(): Promise<void> {
  reconciler.wake('test')
  await reconciler.settled()
}

async function publish(project: string, version: string, content = 'weights'): Promise<void> {
  const staged = await store.stage(project)
  await writeFile(join(staged.directory, 'weights.bin'), content)
  await store.publish(staged, { resources: { weights: join(staged.directory, 'weights.bin') }, version })
}

function pathOf(project: string, ...more: string[]): string {
  return join(store.directory, project, ...more)
}

function statusOf(project: string | null, version: string): VersionStatus | undefined {
  return versions.list().find(status => status.project === project && status.version === version)
}

/** Waits for a state; the time limit of the suite is the limit. */
function until(isReached: () => boolean): Promise<void> {
  if (isReached()) return Promise.resolve()
  return new Promise(resolve => {
    const leave = versions.onChange(() => {
      if (!isReached()) return
      leave()
      resolve()
    })
  })
}

const serves = (project: string, version: string) => () => versions.current(project)?.modelVersion === version

describe('a version that is published', { timeout: 30_000 }, () => {
  it('is served with absolute paths after the start', async () => {
    await publish('12', 'v1')
    await start()
    const version = versions.current('12')
    assert.equal(await readFile(version?.resources.weights as string, 'utf8'), 'weights')
    assert.equal(version?.directory, pathOf('12', 'v1'))
    assert.equal(statusOf('12', 'v1')?.state, 'active')
  })

  for (const watchPolling of [false, true]) {
    it(`is found by the watcher, ${watchPolling ? 'polling' : 'by events'}`, async () => {
      await publish('12', 'v1')
      await start({ watchPolling })
      await publish('12', 'v2')
      await until(serves('12', 'v2'))
    })
  }

  it('in place, file by file, is found by the clock once its manifest is there', async () => {
    await publish('other', 'v1')
    await start({ scanIntervalMs: 20 })
    await mkdir(pathOf('12', 'v1'), { recursive: true })
    await cp(pathOf('other', 'v1', 'weights.bin'), pathOf('12', 'v1', 'weights.bin'))
    await look()
    assert.equal(statusOf('12', 'v1'), undefined)
    await cp(pathOf('other', 'v1', 'manifest.json'), pathOf('12', 'v1', 'manifest.json'))
    await until(serves('12', 'v1'))
  })

  it('is the only one of 300 that is loaded, once', async () => {
    await publish('12', '1')
    for (let version = 2; version <= 300; version += 1) {
      await mkdir(pathOf('12', String(version)))
      await cp(pathOf('12', '1', 'manifest.json'), pathOf('12', String(version), 'manifest.json'))
      await cp(pathOf('12', '1', 'weights.bin'), pathOf('12', String(version), 'weights.bin'))
    }
    await start()
    for (let time = 0; time < 5; time += 1) await look()
    assert.deepEqual(loader.calls, ['load 12/300'])
    assert.equal(versions.list().length, 300)
  })

  it('is loaded alone, whatever the number of projects', async () => {
    for (const project of ['a', 'b', 'c']) await publish(project, 'v1')
    loader.beforeLoad = () => new Promise(resolve => setImmediate(resolve))
    await start()
    assert.deepEqual(loader.calls, ['load a/v1', 'load b/v1', 'load c/v1'])
    assert.equal(loader.mostAtOnce, 1)
  })

  it('is loaded once however often the reconciler is woken while it starts', async () => {
    await publish('12', 'v1')
    loader.beforeLoad = async () => {
      for (let time = 0; time < 10; time += 1) reconciler.wake('test')
    }
    await start()
    await look()
    assert.deepEqual(loader.calls, ['load 12/v1'])
  })
})

describe('a version that is not as it should be', { timeout: 30_000 }, () => {
  const damages: Record<string, (directory: string) => Promise<unknown>> = {
    'has a file cut short': directory => writeFile(join(directory, 'weights.bin'), 'wei'),
    'has another file of the same size': directory => writeFile(join(directory, 'weights.bin'), 'WEIGHTS'),
    'lacks a file': directory => rm(join(directory, 'weights.bin')),
    'has half a manifest': directory => writeFile(join(directory, 'manifest.json'), '{"format": 1,'),
    'has a manifest of a newer format': directory => writeFile(join(directory, 'manifest.json'), '{"format": 99}'),
  }
  for (const [what, damage] of Object.entries(damages)) {
    it(`is not served when it ${what}; the one before is, and the reason is listed`, async () => {
      await publish('12', 'v1')
      await publish('12', 'v2')
      await damage(pathOf('12', 'v2'))
      await start()
      assert.deepEqual(loader.calls, ['load 12/v1'])
      const { state, reason = '' } = statusOf('12', 'v2') ?? {}
      assert.equal(state, 'failed')
      assert.match(reason, /weights\.bin|JSON|format 99/)
    })
  }

  it('leaves the one before serving when it cannot be loaded, and the newest that can takes over', async () => {
    await publish('12', 'v1')
    await start()
    loader.beforeLoad = async ({ modelVersion }) => {
      if (modelVersion === 'v3') throw new Error('out of memory')
    }
    await publish('12', 'v3')
    await look()
    assert.equal(versions.current('12')?.modelVersion, 'v1')
    assert.equal(statusOf('12', 'v3')?.reason, 'out of memory')
    await publish('12', 'v2')
    await look()
    assert.equal(versions.current('12')?.modelVersion, 'v2')
    assert.deepEqual([...loader.loaded], ['12/v2'])
  })

  it('is tried again after pauses until it loads', async () => {
    await publish('12', 'v1')
    let failures = 0
    loader.beforeLoad = async () => {
      if (failures === 2) return
      failures += 1
      throw new Error('not yet')
    }
    await start({ scanIntervalMs: 10, retryMs: 5 })
    await until(serves('12', 'v1'))
    assert.equal(loader.calls.length, 3)
    assert.equal(statusOf('12', 'v1')?.reason, undefined)
  })

  it('is given up after five attempts, until its manifest is another one', async () => {
    await publish('12', 'v1')
    let isBroken = true
    loader.beforeLoad = async () => {
      if (isBroken) throw new Error('broken')
    }
    await start({ scanIntervalMs: 10, retryMs: 1 })
    await until(() => statusOf('12', 'v1')?.nextRetryAt === null)
    for (let time = 0; time < 5; time += 1) await look()
    assert.equal(loader.calls.length, 5)
    assert.equal(statusOf('12', 'v1')?.attempts, 5)
    isBroken = false
    await utimes(pathOf('12', 'v1', 'manifest.json'), 1, 1)
    await look()
    assert.equal(versions.current('12')?.modelVersion, 'v1')
  })

  it('waits for its pause even when the reconciler is woken', async () => {
    await publish('12', 'v1')
    loader.beforeLoad = () => Promise.reject(new Error('broken'))
    await start()
    for (let time = 0; time < 5; time += 1) await look()
    assert.equal(loader.calls.length, 1)
  })
})

describe('a swap', { timeout: 30_000 }, () => {
  it('leaves requests their version and unloads it after the last of them', async () => {
    await publish('12', 'v1')
    await start()
    const held = versions.acquire('12')
    await publish('12', 'v2')
    await look()
    assert.equal(versions.acquire('12')?.version.modelVersion, 'v2')
    assert.equal(statusOf('12', 'v1')?.state, 'draining')
    assert.deepEqual([...loader.loaded], ['12/v1', '12/v2'])
    held?.release()
    await until(() => statusOf('12', 'v1')?.state === 'unloaded')
    assert.deepEqual(loader.calls, ['load 12/v1', 'load 12/v2', 'unload 12/v1'])
  })

  it('back to a version that still drains takes it as it is and does not unload it later', async () => {
    await publish('12', 'v1')
    await start({ vanishGraceMs: 0 })
    const held = versions.acquire('12')
    await publish('12', 'v2')
    await look()
    await rm(pathOf('12', 'v2'), { recursive: true })
    await look()
    await look()
    assert.equal(versions.current('12')?.modelVersion, 'v1')
    held?.release()
    assert.deepEqual(loader.calls, ['load 12/v1', 'load 12/v2', 'unload 12/v2'])
  })

  it('does not happen before the new version is loaded', async () => {
    await publish('12', 'v1')
    await start()
    let goOn = () => {}
    const told = new Promise<void>(resolve => {
      goOn = resolve
    })
    loader.beforeLoad = () => told
    await publish('12', 'v2')
    reconciler.wake('test')
    await until(() => statusOf('12', 'v2')?.state === 'loading')
    assert.equal(versions.current('12')?.modelVersion, 'v1')
    goOn()
    await reconciler.settled()
    assert.equal(versions.current('12')?.modelVersion, 'v2')
  })
})

describe('a live version that is gone from disk', { timeout: 30_000 }, () => {
  it('goes on serving when its directory, its project or everything is gone, with one warning', async () => {
    let away = 0
    for (const gone of [pathOf('12', 'v1'), pathOf('12'), store.directory]) {
      warnings = []
      await publish('12', 'v1')
      if (gone === pathOf('12', 'v1')) await start({ vanishGraceMs: 0 })
      else await look()
      // At once: a deletion goes file by file, and may be seen half done.
      await rename(gone, join(root, `away-${away}`))
      away += 1
      for (let time = 0; time < 3; time += 1) await look()
      assert.equal(versions.current('12')?.modelVersion, 'v1')
      assert.equal(warnings.length, 1, `after ${gone} went: ${warnings}`)
    }
    assert.deepEqual(loader.calls, ['load 12/v1'])
  })

  it('gives way to an older one after a while, and to a newer one at once', async () => {
    await publish('12', '8')
    await publish('12', '9')
    await start()
    await rm(pathOf('12', '9'), { recursive: true })
    await look()
    assert.equal(versions.current('12')?.modelVersion, '9')
    await publish('12', '10')
    await look()
    assert.equal(versions.current('12')?.modelVersion, '10')
  })

  for (const watchPolling of [false, true]) {
    it(`is followed by what is published once the directory is back, ${watchPolling ? 'polling' : 'by events'}`, async () => {
      await publish('12', 'v1')
      await start({ watchPolling, scanIntervalMs: 20 })
      await rm(store.directory, { recursive: true })
      await look()
      await publish('12', 'v2')
      await until(serves('12', 'v2'))
    })
  }

  it('is the same one when its directory was moved away and back', async () => {
    await publish('12', 'v1')
    await start({ vanishGraceMs: 0 })
    await rename(store.directory, join(root, 'away'))
    await look()
    await rename(join(root, 'away'), store.directory)
    await look()
    assert.deepEqual(loader.calls, ['load 12/v1'])
  })
})

describe('the untrained model', { timeout: 30_000 }, () => {
  it('serves until default has a version', async () => {
    await start({}, { labels: ['a'] })
    assert.deepEqual(versions.current('12')?.resources, { labels: ['a'] })
    await publish('default', 'v1')
    await look()
    assert.equal(versions.current('12')?.key, 'default/v1')
    assert.deepEqual([...loader.loaded], ['default/v1'])
    await publish('12', 'v1')
    await look()
    assert.deepEqual([versions.current('12')?.key, versions.current('13')?.key], ['12/v1', 'default/v1'])
  })

  it('is not loaded when default has a version, and is when that one cannot be loaded', async () => {
    await publish('default', 'v1')
    loader.beforeLoad = async ({ project }) => {
      if (project !== undefined) throw new Error('broken')
    }
    await start({}, {})
    assert.equal(versions.current('12')?.key, 'initial')
    assert.equal(statusOf('default', 'v1')?.state, 'failed')
  })

  it('waits for its pause, too, when it cannot be loaded and a project has a version', async () => {
    await publish('12', 'v1')
    loader.beforeLoad = async ({ project }) => {
      if (project === undefined) throw new Error('broken')
    }
    await start({}, {})
    for (let time = 0; time < 5; time += 1) await look()
    assert.deepEqual(loader.calls, ['load 12/v1', 'load initial'])
  })

  it('fails the start when it cannot be loaded and nothing else serves', async () => {
    loader.beforeLoad = () => Promise.reject(new Error('no such weights'))
    await assert.rejects(start({}, {}), { code: 'HTX_MODEL_LOAD_FAILED', message: /no such weights/ })
  })

  it('does not serve when training is required', async () => {
    await start()
    assert.equal(versions.acquire('12'), undefined)
    assert.deepEqual(loader.calls, [])
  })
})

describe('a live version that a worker could not load again', { timeout: 30_000 }, () => {
  it('gives way to the one before it, with its reason listed', async () => {
    await publish('12', 'v1')
    await publish('12', 'v2')
    await start()
    await reconciler.reconsider('12/v2', 'worker ran out of memory')
    await reconciler.settled()
    assert.equal(versions.current('12')?.modelVersion, 'v1')
    assert.equal(statusOf('12', 'v2')?.state, 'failed')
    assert.equal(statusOf('12', 'v2')?.reason, 'worker ran out of memory')
    assert.deepEqual([...loader.loaded], ['12/v1'])
  })

  it('goes on when there is no other, and is loaded again after a pause', async () => {
    await publish('12', 'v1')
    await start({ scanIntervalMs: 10, retryMs: 20 })
    await reconciler.reconsider('12/v1', 'worker ran out of memory')
    assert.equal(versions.current('12')?.modelVersion, 'v1')
    await until(() => statusOf('12', 'v1')?.state === 'active')
    assert.deepEqual(loader.calls, ['load 12/v1', 'load 12/v1'])
  })

  it('is passed over when nothing of that key is loaded', async () => {
    await start()
    await reconciler.reconsider('12/v1', 'gone')
    assert.deepEqual(versions.list(), [])
  })
})

describe('closing', { timeout: 30_000 }, () => {
  it('gives up a load under way, keeps what is loaded, and happens once', async () => {
    await publish('12', 'v1')
    await start()
    loader.beforeLoad = () => new Promise(() => {})
    await publish('12', 'v2')
    reconciler.wake('test')
    await until(() => statusOf('12', 'v2')?.state === 'loading')
    await Promise.all([reconciler.close(), reconciler.close()])
    await look()
    assert.equal(versions.current('12')?.modelVersion, 'v1')
    assert.deepEqual(loader.calls, ['load 12/v1', 'load 12/v2'])
  })
})
