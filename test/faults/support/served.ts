import { existsSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { freePort } from '../../../bench/measure/free-port.ts'
import { pssMibOf } from '../../../bench/measure/process-tree.ts'
import { eventually, labelConfig } from '../../support/model-server.ts'
import { type Program, spawnProgram } from '../../support/spawn-program.ts'
import { type Answer, ask } from './ask.ts'

/** True in the long form: all that is promised, not a few minutes of it. */
export const isLong = process.env.HTX_LONG === '1'

export const onBun = 'bun' in process.versions

/** For the `skip` of a test that fills the memory of workers. */
export const whyNoMemoryLimit: string | false = onBun && 'Bun has no memory limit for workers'

const echo = fileURLToPath(new URL('echo.ts', import.meta.url))

export interface ServeSettings {
  /** Its file. Default: `echo.ts`. */
  readonly model?: string
  /** Flags of htx-serve. Two workers without. */
  readonly flags?: readonly string[]
  readonly env?: Readonly<Record<string, string>>
  /** Of another server. Default: one of its own, removed at the end. */
  readonly modelsDir?: string
}

/** `htx-serve` with the model `echo.ts`, in a process of its own. */
export interface Served extends AsyncDisposable {
  readonly url: string
  readonly modelsDir: string
  /** Of its own. */
  readonly folder: string
  readonly program: Program
  /** Asks for one task. */
  ask(text: string, headers?: Readonly<Record<string, string>>): Promise<Answer>
  readyz(): Promise<Readiness>
  /** Memory of the process, MiB; 0 where there is no /proc. */
  memoryMib(): number
  /** Starts it again on the same port and directory. It must have ended. */
  again(): Promise<void>
}

export interface Readiness {
  readonly code: number
  readonly status: string
  readonly reason?: string
  readonly slots: { readonly wanted: number; readonly serving: number; readonly spare: number }
  readonly waitingTasks: number
  readonly versions: readonly { readonly version: string; readonly state: string; readonly reason?: string }[]
}

export async function serve({ model = echo, flags = [], env = {}, modelsDir }: ServeSettings = {}): Promise<Served> {
  const folder = await mkdtemp(join(tmpdir(), 'htx-faults-'))
  const directory = modelsDir ?? join(folder, 'models')
  const port = await freePort()
  const args = [model, '--port', String(port), '--host', '127.0.0.1', '--models-dir', directory, '--log-level', 'error']
  const start = async () => {
    const started = spawnProgram('htx-serve', [...args, '--workers', '2', ...flags], folder, env)
    await started.says(/listening\s+(\S+)\n/)
    return started
  }
  const url = `http://127.0.0.1:${port}`
  let program = await start().catch(async error => {
    await rm(folder, { recursive: true, force: true })
    throw error
  })
  return {
    url,
    modelsDir: directory,
    folder,
    get program() {
      return program
    },
    ask: (text, headers = {}) => ask(`${url}/predict`, bodyOf(text), { headers }),
    async readyz() {
      const response = await fetch(`${url}/readyz?verbose`)
      return { code: response.status, ...((await response.json()) as Omit<Readiness, 'code'>) }
    },
    memoryMib: () => (existsSync(`/proc/${program.pid}/smaps_rollup`) ? pssMibOf(program.pid as number) : 0),
    async again() {
      program = await start()
    },
    async [Symbol.asyncDispose]() {
      await program.stop('SIGKILL')
      await rm(folder, { recursive: true, force: true })
    },
  }
}

/** @returns milliseconds until all workers serve */
export function untilFull(server: Pick<Served, 'readyz'>): Promise<number> {
  return untilSlots(server, ({ serving, wanted }) => serving === wanted)
}

/** @returns milliseconds until all workers serve and one stands by */
export function untilWhole(server: Pick<Served, 'readyz'>): Promise<number> {
  return untilSlots(server, ({ serving, wanted, spare }) => serving === wanted && spare === 1)
}

async function untilSlots(
  { readyz }: Pick<Served, 'readyz'>,
  areRight: (slots: Readiness['slots']) => boolean,
): Promise<number> {
  const startedAt = performance.now()
  // Threads that start need the cores: who asks without a pause measures himself.
  const look = async () => {
    await pause(10)
    return readyz()
  }
  await eventually(look, ({ slots }) => areRight(slots), 60_000)
  return performance.now() - startedAt
}

/** @returns how often it happened to a worker, as `slot-lost` */
export async function slotEvents({ url }: Pick<Served, 'url'>, event: string): Promise<number> {
  const metrics = await (await fetch(`${url}/metrics`)).text()
  return Number(new RegExp(`slot_events_total\\{event="${event}"\\} (\\d+)`).exec(metrics)?.[1] ?? 0)
}

/** @returns body of a request for one task */
export function bodyOf(text: string, project = '12.1700000000'): string {
  return JSON.stringify({ tasks: [{ id: 1, data: { text } }], project, label_config: labelConfig, params: {} })
}
