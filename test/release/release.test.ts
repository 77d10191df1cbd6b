import assert from 'node:assert/strict'
import { execFileSync, spawnSync } from 'node:child_process'
import { copyFileSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { fileURLToPath } from 'node:url'
import { withTempDirectory } from '../support/temp-directory.ts'

const script = fileURLToPath(new URL('../../scripts/release', import.meta.url))

/** A repository with three packages, of which all is committed. */
function makeRepository(directory: string, { changelog = '## 1.2.0', server = '1.2.0' } = {}): void {
  for (const folder of ['scripts', 'packages/core', 'packages/server', 'packages/cli'])
    mkdirSync(join(directory, folder), { recursive: true })
  copyFileSync(script, join(directory, 'scripts/release'))
  const write = (path: string, content: object) => writeFileSync(join(directory, path), JSON.stringify(content))
  write('package.json', { name: 'htx', version: '1.2.0' })
  write('packages/core/package.json', { name: '@htx/core', version: '1.2.0' })
  write('packages/server/package.json', {
    name: '@htx/server',
    version: server,
    dependencies: { '@htx/core': '1.2.0' },
  })
  write('packages/cli/package.json', { name: '@htx/cli', version: '1.2.0', dependencies: { '@htx/core': '1.2.0' } })
  writeFileSync(join(directory, 'CHANGELOG.md'), `# Changelog\n\n${changelog}\n\n- something new\n\n## 1.1.0\n`)
  git(directory, 'init', '--quiet')
  commit(directory)
}

function commit(directory: string): void {
  git(directory, 'add', '--all')
  git(directory, '-c', 'user.name=A', '-c', 'user.email=a@example.com', 'commit', '--quiet', '-m', 'All of it')
}

function git(directory: string, ...args: string[]): void {
  execFileSync('git', args, { cwd: directory, stdio: 'pipe' })
}

/** @returns what it says when it refuses */
function refusal(directory: string, ...args: string[]): string {
  const { status, stderr, stdout } = spawnSync('bash', [join(directory, 'scripts/release'), ...args], {
    encoding: 'utf8',
  })
  assert.equal(status, 2, stdout + stderr)
  return stderr
}

describe('scripts/release refuses', () => {
  it('a tree that is not committed', () =>
    withTempDirectory(async directory => {
      makeRepository(directory)
      writeFileSync(join(directory, 'packages/core/new.txt'), 'not committed')
      assert.match(refusal(directory), /must be committed[\s\S]+packages\/core\/new.txt/)
    }))

  it('a version that the changelog does not begin with', () =>
    withTempDirectory(async directory => {
      makeRepository(directory, { changelog: '## Unreleased' })
      assert.match(refusal(directory), /must be «## 1.2.0».+ it is «## Unreleased»/)
    }))

  it('a version that only begins like that of the changelog', () =>
    withTempDirectory(async directory => {
      makeRepository(directory, { changelog: '## 1.2.0-rc.1' })
      assert.match(refusal(directory), /it is «## 1.2.0-rc.1»/)
    }))

  it('packages of different versions', () =>
    withTempDirectory(async directory => {
      makeRepository(directory, { server: '1.1.0' })
      assert.match(refusal(directory), /package.json says 1.2.0, packages\/server\/package.json 1.1.0/)
    }))

  it('a package that needs another version of its sibling', () =>
    withTempDirectory(async directory => {
      makeRepository(directory)
      const cli = { name: '@htx/cli', version: '1.2.0', dependencies: { '@htx/core': '^1.1.0' } }
      writeFileSync(join(directory, 'packages/cli/package.json'), JSON.stringify(cli))
      commit(directory)
      assert.match(refusal(directory), /@htx\/cli must need @htx\/core 1.2.0, exactly; it needs \^1.1.0/)
    }))

  it('a lock file that names a registry', () =>
    withTempDirectory(async directory => {
      makeRepository(directory)
      const packages = { 'node_modules/a': { version: '1.0.0', resolved: 'https://registry.example/a-1.0.0.tgz' } }
      writeFileSync(join(directory, 'package-lock.json'), JSON.stringify({ packages }, null, 2))
      commit(directory)
      assert.match(refusal(directory), /must not name a registry[\s\S]+registry\.example/)
    }))

  it('a folder that holds something', () =>
    withTempDirectory(async directory => {
      makeRepository(directory)
      assert.match(refusal(directory, '--out', '.git'), /must be new or empty/)
    }))

  it('to publish what was not checked', () =>
    withTempDirectory(async directory => {
      makeRepository(directory)
      assert.match(refusal(directory, '--quick', '--publish'), /--publish needs them all/)
    }))
})

it('the SBOM of a package has what it needs, directly or not, and nothing else', () => {
  const part = (ref: string) => ({
    'bom-ref': ref,
    name: ref.split('/').at(-1),
    purl: `pkg:npm/${ref.replace('@', '%40')}`,
  })
  const all = {
    metadata: { component: part('htx@1.2.0') },
    components: ['@htx/core@1.2.0', '@htx/server@1.2.0', 'tsx@4.0.0', 'esbuild@0.28.0', 'fastify@5.0.0'].map(part),
    dependencies: [
      { ref: '@htx/core@1.2.0', dependsOn: ['tsx@4.0.0'] },
      { ref: '@htx/server@1.2.0', dependsOn: ['@htx/core@1.2.0', 'fastify@5.0.0'] },
      { ref: 'tsx@4.0.0', dependsOn: ['esbuild@0.28.0'] },
    ],
  }
  const cut = fileURLToPath(new URL('../../scripts/own-sbom.mjs', import.meta.url))
  const input = JSON.stringify(all)
  const sbom = JSON.parse(execFileSync(process.execPath, [cut, '@htx/core@1.2.0'], { input, encoding: 'utf8' }))
  assert.equal(sbom.metadata.component.name, '@htx/core')
  assert.deepEqual(
    sbom.components.map((component: { name: string }) => component.name),
    ['tsx@4.0.0', 'esbuild@0.28.0'],
  )
  assert.deepEqual(
    sbom.dependencies.map(({ ref }: { ref: string }) => ref),
    ['@htx/core@1.2.0', 'tsx@4.0.0'],
  )
})
