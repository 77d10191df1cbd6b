import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdir, open, realpath, rm, symlink, writeFile } from 'node:fs/promises'
import { join, sep } from 'node:path'
import { describe, it } from 'node:test'
import { isHtxError, ModelStore } from '@htx/core'
import fc from 'fast-check'
import { readChoice } from '../../packages/core/src/manifest/serving-choice.ts'
import { withTempDirectory } from '../support/temp-directory.ts'
import { holds } from './support/holds.ts'
import { anyText } from './support/json-texts.ts'
import { bytesChange, valueChange, writeOddBytes, writeOddJson } from './support/odd-bodies.ts'
import { hugeValues } from './support/odd-values.ts'

const secret = 'the secret of this machine'
const content = 'weights'
const sha256 = createHash('sha256').update(content).digest('hex')
const mebibyte = 1024 * 1024

/** Paths that lead out of a version, or nowhere, or into it in another way than by their name. */
const paths = fc.oneof(
  fc.constantFrom(
    ...[
      '../secret.txt',
      '../../../secret.txt',
      '/etc/hostname',
      'net/../../secret.txt',
      'net/../weights.bin',
      './weights.bin',
    ],
    ...[
      'net//weights.bin',
      'net\\..\\..\\secret.txt',
      'C:\\secret.txt',
      'weights.bin\u0000.txt',
      'link',
      'folder/secret.txt',
      'weights.bin/',
    ],
    ...[
      '',
      '.',
      '..',
      'file:///etc/hostname',
      'file://../secret.txt',
      'file://link',
      '%2e%2e/secret.txt',
      'net/weights.bin',
      'weights.bin',
    ],
    ...[
      '__proto__',
      'manifest.json',
      'unlisted.bin',
      `${'a/'.repeat(3_000)}b`,
      `${'a'.repeat(300)}`,
      '~/secret.txt',
      '\ud800',
      'net',
      'folder',
    ],
  ),
  anyText,
)

const manifestLike = fc.record(
  {
    paths: fc.array(
      fc.oneof(
        fc.constantFrom(
          '/weights',
          '/a/b',
          '/list/0',
          '/__proto__',
          '/__proto__/x',
          '',
          '/constructor',
          'weights',
          '/weights/x',
        ),
        anyText,
      ),
      {
        maxLength: 3,
      },
    ),
    resource: paths,
    nested: paths,
    files: fc.array(
      fc.record({
        path: fc.oneof(
          { weight: 2, arbitrary: fc.constantFrom('weights.bin', 'net/weights.bin') },
          { weight: 1, arbitrary: paths },
        ),
        sizeBytes: fc.oneof(
          { weight: 5, arbitrary: fc.constant(content.length) },
          fc.constantFrom(0, 8, -1, 1.5, 1e308, Number.MAX_SAFE_INTEGER),
        ),
        sha256: fc.oneof(
          { weight: 5, arbitrary: fc.constant(sha256) },
          fc.constantFrom('0'.repeat(64), sha256.toUpperCase(), ''),
        ),
      }),
      { maxLength: 3 },
    ),
    changes: fc.array(valueChange, { maxLength: 2 }),
    bytes: bytesChange,
  },
  { noNullPrototype: true },
)

describe('versions that nobody published', () => {
  it('lead nowhere but into their directory, whatever their manifest says', { timeout: 30 * 60_000 }, async test => {
    await withTempDirectory(async root => {
      const store = await layOut(root)
      const directory = join(store.directory, '12', 'v1')
      await holds(
        test,
        fc.asyncProperty(manifestLike, async ({ resource, nested, changes, bytes, ...rest }) => {
          const manifest = {
            format: 1,
            project: '12',
            version: 'v1',
            createdAt: '2026-11-25T10:00:00Z',
            htxVersion: '0.1.0',
            resources: {
              weights: resource,
              a: { b: nested },
              list: [nested],
              ...(nested === 'weights.bin' ? {} : { constructor: resource }),
            },
            ...rest,
          }
          await writeFile(join(directory, 'manifest.json'), writeOddBytes(writeOddJson(manifest, changes), bytes))
          await expectSafe(store)
        }),
        { short: 1_500, long: 30_000 },
      )
    })
  })

  it('are found by no name that leads elsewhere', test =>
    withTempDirectory(async root => {
      const store = await layOut(root)
      await writeFile(join(root, 'manifest.json'), '{}')
      await holds(
        test,
        fc.asyncProperty(paths, paths, async (project, version) => {
          for (const work of [
            () => store.read(project, version),
            () => store.versions(project),
            () => store.choice(project),
            () => store.delete(project, version),
            () => store.copy({ project, version }, '13'),
          ]) {
            const found = await orRefused(work)
            if (typeof found === 'object' && found !== null && 'directory' in found) {
              assert.ok(String(found.directory).startsWith(store.directory + sep))
            }
          }
          assert.equal(await contentOf(join(root, 'secret.txt')), secret)
        }),
        { short: 500, long: 10_000 },
      )
    }))

  it('are refused when the manifest is larger than any manifest', async () => {
    await withTempDirectory(async root => {
      const store = await layOut(root)
      const path = join(store.directory, '12', 'v1', 'manifest.json')
      for (const huge of [
        hugeValues['a list 10,000 deep'](),
        hugeValues['an object 10,000 deep'](),
        hugeValues['a text of 10 MB'](),
      ]) {
        await writeFile(
          path,
          `{"format":1,"project":"12","version":"v1","createdAt":"2026-11-25T10:00:00Z","htxVersion":"0","resources":{"a":${huge}},"paths":[],"files":[]}`,
        )
        await expectSafe(store)
      }
      // Sparse: it takes no room, but is 100 GB to read.
      const file = await open(path, 'w')
      await file.truncate(100 * 1024 * mebibyte)
      await file.close()
      await assert.rejects(store.read('12', 'v1'), { code: 'HTX_MANIFEST_INVALID' })
      await writeFile(path, '{'.padEnd(100 * mebibyte))
      await assert.rejects(store.read('12', 'v1'), { code: 'HTX_MANIFEST_INVALID' })
    })
  })

  it('are refused where symbolic links, devices and pipes stand for their parts', { timeout: 60_000 }, async () => {
    await withTempDirectory(async root => {
      const store = await layOut(root)
      const project = join(store.directory, '12')
      const version = join(project, 'v1')
      const manifest = join(version, 'manifest.json')
      await writeFile(join(root, 'elsewhere.json'), `{"secret":"${secret}"}`)
      const parts: readonly (() => Promise<unknown> | Buffer)[] = [
        () => symlink(join(root, 'elsewhere.json'), manifest),
        () => symlink('/dev/zero', manifest),
        () => execFileSync('mkfifo', [manifest]),
        () => mkdir(manifest),
      ]
      for (const make of parts) {
        await rm(manifest, { recursive: true })
        await make()
        const error = await store.read('12', 'v1').then(
          () => undefined,
          (error: unknown) => error,
        )
        assert.ok(isHtxError(error), `read gave ${error}`)
        assert.ok(!error.message.includes(secret), error.message)
      }
      // The version itself, and its project, lie elsewhere.
      await rm(version, { recursive: true })
      await mkdir(join(root, 'outside', 'v1'), { recursive: true })
      await writeFile(join(root, 'outside', 'v1', 'manifest.json'), JSON.stringify(plainManifest))
      await symlink(join(root, 'outside', 'v1'), version)
      await symlink(join(root, 'outside'), join(store.directory, '13'))
      assert.deepEqual(await store.list(), new Map([['12', []]]))
      await assert.rejects(store.read('12', 'v1'), { code: 'HTX_VERSION_NOT_FOUND' })
      await assert.rejects(store.read('13', 'v1'), { code: 'HTX_VERSION_NOT_FOUND' })
    })
  })

  it('are chosen by no file that says something else', test =>
    withTempDirectory(async root => {
      const choice = { version: 'v1', pinned: true, newest: 'v1' }
      await holds(
        test,
        fc.asyncProperty(fc.array(valueChange, { maxLength: 3 }), bytesChange, async (changes, bytes) => {
          await writeFile(join(root, 'serving.json'), writeOddBytes(writeOddJson(choice, changes), bytes))
          const read = await orRefused(() => readChoice(root))
          if (typeof read === 'object' && read !== null && !isHtxError(read))
            assert.equal(typeof (read as typeof choice).version, 'string')
        }),
        { short: 500, long: 10_000 },
      )
      await rm(join(root, 'serving.json'))
      await symlink('/dev/zero', join(root, 'serving.json'))
      assert.ok(isHtxError(await orRefused(() => readChoice(root))))
    }))
})

const plainManifest = {
  format: 1,
  project: '12',
  version: 'v1',
  createdAt: '2026-11-25T10:00:00Z',
  htxVersion: '0.1.0',
  resources: {},
  paths: [],
  files: [],
}

/** A models directory with one version: two files that may be listed, one that is not, and links to a secret outside. */
async function layOut(root: string): Promise<ModelStore> {
  await writeFile(join(root, 'secret.txt'), secret)
  const store = await ModelStore.open(join(root, 'models'))
  const directory = join(store.directory, '12', 'v1')
  await mkdir(join(directory, 'net'), { recursive: true })
  for (const path of ['weights.bin', 'net/weights.bin', 'unlisted.bin']) await writeFile(join(directory, path), content)
  await symlink(join(root, 'secret.txt'), join(directory, 'link'))
  await symlink(root, join(directory, 'folder'))
  await writeFile(join(directory, 'manifest.json'), JSON.stringify(plainManifest))
  return store
}

/** What is read and verified holds nothing but what lies in the version and is listed. */
async function expectSafe(store: ModelStore): Promise<void> {
  const stored = await orRefused(() => store.read('12', 'v1'))
  if (isHtxError(stored)) return
  const version = stored as Awaited<ReturnType<ModelStore['read']>>
  if (isHtxError(await orRefused(() => store.verify(version)))) return
  const root = await realpath(version.directory)
  for (const { path, sizeBytes, sha256: hash } of version.manifest.files) {
    const real = await realpath(join(version.directory, path))
    assert.ok(real.startsWith(root + sep), `${path} is ${real}`)
    assert.deepEqual([sizeBytes, hash], [content.length, sha256])
  }
  for (const pointer of version.manifest.paths) {
    const value = pointer
      .split('/')
      .slice(1)
      .reduce(
        (at: unknown, step) => (at as Record<string, unknown>)[step.replaceAll('~1', '/').replaceAll('~0', '~')],
        version.resources,
      )
    const path = String(value).replace(/^file:\/\//, '')
    const real = await realpath(path).catch(() => undefined)
    assert.ok(real === undefined || real === root || real.startsWith(root + sep), `${pointer} is ${real}`)
    const names = version.manifest.files.map(file => join(root, file.path))
    if (real !== undefined && (await contentOf(real)) === content)
      assert.ok(names.includes(real), `${real} was not hashed`)
  }
}

async function contentOf(path: string): Promise<string | undefined> {
  const file = await open(path).catch(() => undefined)
  try {
    return await file?.readFile('utf8').catch(() => undefined)
  } finally {
    await file?.close()
  }
}

/** What it gives, or the error of ours. */
async function orRefused(work: () => Promise<unknown>): Promise<unknown> {
  try {
    return await work()
  } catch (error) {
    assert.ok(isHtxError(error), `it threw ${(error as Error).stack ?? error}`)
    assert.ok(error.message.length < 20_000, `a message of ${error.message.length} characters`)
    assert.ok(!error.message.includes(secret), error.message)
    return error
  }
}
