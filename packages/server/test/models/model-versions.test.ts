import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { ModelVersions } from '../../src/models/model-versions.ts'
import type { ServedVersion } from '../../src/models/served-version.ts'

function version(project: string | undefined, modelVersion: string): ServedVersion {
  const key = project === undefined ? modelVersion : `${project}/${modelVersion}`
  return { key, project, modelVersion, directory: undefined, resources: {} }
}

describe('the version that answers for a project', () => {
  it('is its own, else that of default, else initial, else none', () => {
    const versions = new ModelVersions()
    assert.equal(versions.acquire('12'), undefined)
    const expected: (string | undefined)[] = []
    for (const next of [version(undefined, 'initial'), version('default', 'd1'), version('12', 'v1')]) {
      versions.activate(next)
      expected.push(versions.current('12')?.key)
    }
    assert.deepEqual(expected, ['initial', 'default/d1', '12/v1'])
    assert.equal(versions.current('13')?.key, 'default/d1')
    assert.equal(versions.current(undefined)?.key, 'default/d1')
  })

  it('is looked up by name only, whatever the name', () => {
    const versions = new ModelVersions()
    for (const project of ['__proto__', 'constructor', '']) assert.equal(versions.acquire(project), undefined)
  })
})

describe('a handle', () => {
  it('holds its version until the last of them is released, each once', () => {
    const versions = new ModelVersions()
    const drained: string[] = []
    versions.onDrained(({ key }) => drained.push(key))
    versions.activate(version('12', 'v1'))
    const first = versions.acquire('12')
    const second = versions.acquire('12')
    versions.activate(version('12', 'v2'))
    assert.equal(versions.acquire('12')?.version.key, '12/v2')
    assert.equal(versions.stateOf('12', 'v1')?.state, 'draining')
    first?.release()
    first?.release()
    assert.deepEqual(drained, [])
    second?.release()
    assert.deepEqual(drained, ['12/v1'])
    assert.equal(versions.stateOf('12', 'v1')?.state, 'unloaded')
  })

  it('of a version that came back while it drained does not end it', () => {
    const versions = new ModelVersions()
    const drained: string[] = []
    versions.onDrained(({ key }) => drained.push(key))
    versions.activate(version('12', 'v1'))
    const held = versions.acquire('12')
    versions.activate(version('12', 'v2'))
    versions.activate(version('12', 'v1'))
    held?.release()
    assert.deepEqual(drained, ['12/v2'])
    assert.equal(versions.current('12')?.key, '12/v1')
  })
})

describe('the list', () => {
  it('has the newest of each project first and initial last, with requests under way', () => {
    const versions = new ModelVersions()
    versions.activate(version(undefined, 'initial'))
    for (const name of ['9', '10']) versions.setState('b', name, { state: 'discovered' })
    versions.activate(version('a', 'v1'))
    versions.acquire('a')
    assert.deepEqual(versions.list(), [
      { project: 'a', version: 'v1', state: 'active', requests: 1 },
      { project: 'b', version: '10', state: 'discovered' },
      { project: 'b', version: '9', state: 'discovered' },
      { project: null, version: 'initial', state: 'active', requests: 0 },
    ])
    assert.deepEqual(versions.names('a'), ['v1', 'initial'])
    assert.deepEqual(versions.names('b'), ['10', '9', 'initial'])
  })

  it('says why a version failed and when it is tried again', () => {
    const versions = new ModelVersions()
    const failure = { state: 'failed', reason: 'no memory', attempts: 1, fingerprint: 'f' } as const
    versions.setState('a', 'v2', { ...failure, nextRetryAt: 0 })
    versions.setState('a', 'v1', { ...failure, nextRetryAt: undefined })
    assert.deepEqual(
      versions.list().map(({ nextRetryAt, reason }) => [nextRetryAt, reason]),
      [
        ['1970-01-01T00:00:00.000Z', 'no memory'],
        [null, 'no memory'],
      ],
    )
    assert.deepEqual(versions.names('a'), [])
    assert.match(versions.whyNothingServes(), /v2 failed.*no memory/)
  })

  it('forgets versions that are gone, but not those in use', () => {
    const versions = new ModelVersions()
    versions.setState('a', 'v1', { state: 'discovered' })
    versions.activate(version('a', 'v2'))
    versions.keepOnly(() => false)
    assert.deepEqual(
      versions.list().map(status => status.version),
      ['v2'],
    )
  })
})

describe('a listener', () => {
  it('hears of each change until it leaves', () => {
    const versions = new ModelVersions()
    const heard: string[] = []
    const leave = versions.onChange(({ version, state }) => heard.push(`${version} ${state}`))
    versions.activate(version('a', 'v1'))
    versions.activate(version('a', 'v2'))
    leave()
    versions.activate(version('a', 'v3'))
    assert.deepEqual(heard, ['v1 active', 'v2 active', 'v1 draining', 'v1 unloaded'])
  })
})
