import assert from 'node:assert/strict'
import { readdir, readFile, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { fileURLToPath } from 'node:url'
import { parse } from 'yaml'
import { spawnProgram } from '../support/spawn-program.ts'
import { withTempDirectory } from '../support/temp-directory.ts'

const kinds = [
  'text-classification',
  'named-entities',
  'image-classification',
  'object-detection',
  'interactive-segmentation',
]
const trainable = kinds.slice(0, 3)
const repository = fileURLToPath(new URL('../../', import.meta.url))
const { version } = JSON.parse(await readFile(join(repository, 'packages/cli/package.json'), 'utf8'))

async function init(args: readonly string[], cwd: string) {
  const program = spawnProgram('htx-init', args, cwd)
  return { code: await program.ended, output: program.output() }
}

describe('htx-init', () => {
  for (const kind of kinds) {
    it(`writes a backend for ${kind}, whole and with nothing of another kind`, () =>
      withTempDirectory(async directory => {
        const { code, output } = await init(['My Backend', '--kind', kind], directory)
        assert.equal(code, 0, output)
        assert.match(output, /cd "My Backend"\n/)
        const backend = join(directory, 'My Backend')
        const files = await readdir(backend)
        const common = [
          '.dockerignore',
          '.env',
          '.env.example',
          '.gitignore',
          'Dockerfile',
          'README.md',
          'compose.yaml',
        ]
        const own = ['config.json', 'label-config.xml', 'model.test.ts', 'model.ts', 'package.json', 'tasks.json']
        for (const name of [...common, ...own, 'tsconfig.json']) assert.ok(files.includes(name), name)
        assert.equal(files.length, common.length + own.length + 2, 'one more file, which the model imports')

        const packageJson = JSON.parse(await readFile(join(backend, 'package.json'), 'utf8'))
        assert.equal(packageJson.name, 'my-backend')
        assert.equal(packageJson.dependencies['@htx/core'], `^${version}`)
        assert.equal(packageJson.dependencies['@htx/cli'], `^${version}`)
        assert.equal('train' in packageJson.scripts, trainable.includes(kind))
        assert.match(await readFile(join(backend, 'README.md'), 'utf8'), /^# my-backend\n.*## Run it\n/s)
        assert.deepEqual(await readdir(directory), ['My Backend'])
      }))
  }

  it('lets the backend and a Label Studio find each other in Docker', () =>
    withTempDirectory(async directory => {
      await init(['.', '--yes'], directory)
      for (const file of [join(directory, 'compose.yaml'), join(repository, 'docker/compose.yaml')]) {
        const { services } = parse(await readFile(file, 'utf8'))
        const labelStudio = services['label-studio'].environment
        assert.equal(labelStudio.ML_BLOCK_LOCAL_IP, 'false')
        assert.equal(labelStudio.SSRF_PROTECTION_ENABLED, 'false')
        assert.equal(labelStudio.LABEL_STUDIO_USER_TOKEN, services.backend.environment.LABEL_STUDIO_API_KEY)
        assert.equal(services.backend.environment.LABEL_STUDIO_URL, 'http://label-studio:8080')
        assert.match(services.backend.networks.default.aliases[0], /^\w+\.\w+$/)
      }
      const secrets = await readFile(join(directory, '.env'), 'utf8')
      assert.match(secrets, /^LABEL_STUDIO_API_KEY=[0-9a-f]{40}$/m)
      assert.match(secrets, /^LABEL_STUDIO_PASSWORD=\S{16}$/m)
      assert.equal((await stat(join(directory, '.env'))).mode & 0o077, 0, 'for its owner alone')
    }))

  it('writes for Bun', () =>
    withTempDirectory(async directory => {
      await init(['on-bun', '--yes', '--package-manager', 'bun'], directory)
      const packageJson = JSON.parse(await readFile(join(directory, 'on-bun/package.json'), 'utf8'))
      assert.equal(packageJson.scripts.test, 'bun test')
      assert.match(await readFile(join(directory, 'on-bun/Dockerfile'), 'utf8'), /^FROM .*bun/)
      assert.doesNotMatch(await readFile(join(directory, 'on-bun/README.md'), 'utf8'), /npm/)
    }))

  it('refuses a directory that holds something, and leaves it as it is', () =>
    withTempDirectory(async directory => {
      await writeFile(join(directory, 'mine.txt'), 'mine')
      const { code, output } = await init(['.', '--yes'], directory)
      assert.equal(code, 2)
      assert.match(output, /^htx-init: expected a directory that is new or empty; .* holds mine\.txt/)
      assert.deepEqual(await readdir(directory), ['mine.txt'])
    }))

  it('leaves nothing behind where it cannot write', () =>
    withTempDirectory(async directory => {
      const long = 'a'.repeat(250)
      const { code, output } = await init([join('deep', 'er', long), '--yes', '--name', 'a'], directory)
      assert.equal(code, 2)
      assert.match(output, /cannot be written/)
      assert.deepEqual(await readdir(directory), [])
    }))

  it('says what is wrong with what it was given', () =>
    withTempDirectory(async directory => {
      const mistakes: [string[], RegExp][] = [
        [['new'], /expected --kind, as there is no terminal to ask on: text-classification, /],
        [['new', '--kind', 'ner'], /Allowed choices are text-classification, /],
        [['new', '--yes', '--name', 'My Backend'], /expected a name of lower-case letters/],
        [['new', '--yess'], /Did you mean --yes/],
      ]
      for (const [args, words] of mistakes) {
        const { code, output } = await init(args, directory)
        assert.equal(code, 2, output)
        assert.match(output, words)
      }
      assert.deepEqual(await readdir(directory), [])
    }))
})
