import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { it } from 'node:test'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('../..', import.meta.url))

it('no lock file names the registry that it was made with', () => {
  const files = execFileSync('git', ['ls-files', '*package-lock.json'], { cwd: root, encoding: 'utf8' })
    .trim()
    .split('\n')
  assert.ok(files.includes('package-lock.json'))
  for (const file of files) {
    const { packages } = JSON.parse(readFileSync(`${root}/${file}`, 'utf8')) as {
      packages: Record<string, { resolved?: string }>
    }
    const named = Object.values(packages).flatMap(({ resolved }) => (resolved?.includes(':') ? [resolved] : []))
    assert.deepEqual(named, [], file)
  }
})
