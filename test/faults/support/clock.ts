import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { eventually } from '../../support/model-server.ts'
import { onBun } from './served.ts'

const preload = fileURLToPath(new URL('set-clock.mjs', import.meta.url))
export const dayMs: number = 24 * 60 * 60 * 1_000
export const jumps = [
  ['ahead', dayMs],
  ['back', -dayMs],
] as const

/** A clock that is set wrong for a program and all its threads and children. */
export interface Clock {
  /** For a program whose clock it is. */
  readonly env: Readonly<Record<string, string>>
  /** Sets it wrong by so much. Resolves when all these threads of the program, the main one included, have seen it. */
  set(offsetMs: number, options: { readonly threads: number; readonly pid: number | undefined }): Promise<void>
}

export async function openClock(directory: string, name: string): Promise<Clock> {
  const file = join(directory, name)
  await writeFile(file, '0')
  const loads = onBun ? { BUN_OPTIONS: `--preload ${preload}` } : { NODE_OPTIONS: `--import ${preload}` }
  return {
    env: { ...loads, HTX_TEST_CLOCK_FILE: file },
    async set(offsetMs, { threads, pid }) {
      const noted = (await readFile(`${file}.seen`, 'utf8')).length
      await writeFile(file, String(offsetMs))
      await eventually(
        async () => (await readFile(`${file}.seen`, 'utf8')).slice(noted),
        seen => countThreads(seen, offsetMs, pid) >= threads,
      )
    },
  }
}

function countThreads(seen: string, offsetMs: number, pid: number | undefined): number {
  const lines = seen.split('\n').filter(line => line.startsWith(`${pid} `) && line.endsWith(` ${offsetMs}`))
  return new Set(lines).size
}
