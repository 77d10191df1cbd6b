import { execFileSync } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import { availableParallelism, cpus, release, totalmem } from 'node:os'
import { dirname } from 'node:path'
import { fileURLToPath } from 'node:url'

/** Keeps what was measured, and where, in bench/results/<name>-<runtime>.json. */
export function writeResults(name: string, results: object, runtime: string = process.execPath): void {
  const content = { measuredAt: new Date().toISOString(), machine: machine(), runtime: versionOf(runtime), ...results }
  const file = keepResult(name, 'json', `${JSON.stringify(content, null, 2)}\n`, runtime)
  console.log(`\n${file} has the figures`)
}

/** Keeps a file, such as a picture. @returns its path in the repository */
export function keepResult(name: string, extension: string, content: string, runtime: string): string {
  const file = `bench/results/${name}-${shortNameOf(runtime)}.${extension}`
  const path = fileURLToPath(new URL(`../../${file}`, import.meta.url))
  mkdirSync(dirname(path), { recursive: true })
  writeFileSync(path, content)
  return file
}

/** Such as `node20`: what is measured on two versions of a runtime lies side by side. */
function shortNameOf(runtime: string): string {
  const [name = '', major = ''] = versionOf(runtime).split(/ v?(\d+).*/)
  return `${name}${major}`
}

/** Such as `node v20.20.2`. */
export function versionOf(runtime: string): string {
  const name = runtime.includes('bun') ? 'bun' : 'node'
  return `${name} ${execFileSync(runtime, ['--version'], { encoding: 'utf8' }).trim()}`
}

function machine(): object {
  return {
    cores: availableParallelism(),
    processor: cpus()[0]?.model,
    memoryGib: Math.round(totalmem() / 2 ** 30),
    linux: release(),
  }
}
