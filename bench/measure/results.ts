import { execFileSync } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import { availableParallelism, cpus, release, totalmem } from 'node:os'
import { fileURLToPath } from 'node:url'

/** Keeps what was measured, and where, in bench/results/<name>.json. */
export function writeResults(name: string, results: object, runtime: string = process.execPath): void {
  const folder = fileURLToPath(new URL('../results/', import.meta.url))
  mkdirSync(folder, { recursive: true })
  const content = { measuredAt: new Date().toISOString(), machine: machine(), runtime: versionOf(runtime), ...results }
  writeFileSync(`${folder}${name}.json`, `${JSON.stringify(content, null, 2)}\n`)
  console.log(`\nbench/results/${name}.json has the figures`)
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
