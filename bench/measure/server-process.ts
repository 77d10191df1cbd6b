import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, openSync, readFileSync, rmSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { freePort } from './free-port.ts'
import { isAlive, processTree } from './process-tree.ts'

export interface ServerCommand {
  readonly program: string
  /** Arguments for a port and a folder of its own, which is removed at the end. */
  readonly args: (port: number, folder: string) => readonly string[]
  readonly env?: Readonly<Record<string, string>>
  /** Folder that it is started in; without it the one of its own. */
  readonly cwd?: string
  /** Whether it answers; asked again and again from the start. What it throws means no. */
  readonly isReady: (url: string) => Promise<boolean>
  /** Longest time to the first answer, milliseconds. */
  readonly readyWithinMs?: number
  /** Time to end by itself, milliseconds. */
  readonly graceMs?: number
}

/** A server in a process of its own, which answers. */
export interface ServerProcess extends AsyncDisposable {
  readonly pid: number
  readonly url: string
  /** The folder that the arguments got. */
  readonly folder: string
  /** Milliseconds from the start of the process to the first answer. */
  readonly startMs: number
  /** All that it has printed. */
  output(): string
  /** SIGTERM, and SIGKILL for what is left after the grace, to it and all that it started. Idempotent. */
  stop(): Promise<void>
}

/**
 * Starts a server and waits until it answers. Its output goes to a file, as in production, where nobody reads a pipe.
 *
 * @throws Error with the last lines of its output when it ends, or does not answer in time
 */
export async function startServer(command: ServerCommand): Promise<ServerProcess> {
  const { program, args, env = {}, isReady, readyWithinMs = 60_000, graceMs = 10_000 } = command
  const folder = await mkdtemp(join(tmpdir(), 'htx-bench-'))
  const port = await freePort()
  const url = `http://127.0.0.1:${port}`
  const outputFile = join(folder, 'output.log')
  const output = openSync(outputFile, 'w')
  const startedAt = performance.now()
  // A session of its own: what it starts is found by it, also when a parent in between has ended.
  const child = spawn(program, args(port, folder), {
    cwd: command.cwd ?? folder,
    env: { ...process.env, ...env },
    stdio: ['ignore', output, output],
    detached: true,
  })
  closeSync(output)
  const ended = once(child, 'exit').catch((error: Error) => error)
  const { pid } = child
  let isOver = false
  void ended.then(() => {
    isOver = true
  })
  const printed = () => readFileSync(outputFile, 'utf8')
  if (pid !== undefined) leaveNothing(pid, folder)
  let stopping: Promise<void> | undefined
  const stop = () => {
    stopping ??= endTree(pid, ended, graceMs).then(() => {
      if (pid !== undefined) running.delete(pid)
      return rm(folder, { recursive: true, force: true })
    })
    return stopping
  }
  try {
    while (!(await isReady(url).catch(() => false))) {
      const failed = isOver ? 'ended' : performance.now() - startedAt > readyWithinMs ? 'does not answer' : undefined
      if (failed !== undefined) throw new Error(`${program} ${failed}: ${printed().slice(-2000)}`)
      await pause(5)
    }
  } catch (error) {
    await stop()
    throw error
  }
  if (pid === undefined) throw new Error(`${program} was not started`)
  const startMs = performance.now() - startedAt
  return { pid, url, folder, startMs, output: printed, stop, [Symbol.asyncDispose]: stop }
}

async function endTree(pid: number | undefined, ended: Promise<unknown>, graceMs: number): Promise<void> {
  if (pid === undefined) return
  const members = processTree(pid)
  signal([pid], 'SIGTERM')
  const end = performance.now() + graceMs
  while (members.some(isAlive) && performance.now() < end) await pause(20)
  signal(members.filter(isAlive), 'SIGKILL')
  await ended
  while (members.some(isAlive)) await pause(5)
}

/** Servers that run, with their folders. */
const running = new Map<number, string>()

/** Ends a server with this program, however that ends: by Ctrl-C, or by an error. */
function leaveNothing(pid: number, folder: string): void {
  running.set(pid, folder)
  if (process.listeners('exit').includes(endAll)) return
  process.on('exit', endAll)
  for (const name of ['SIGINT', 'SIGTERM'] as const) process.once(name, () => process.exit(130))
}

function endAll(): void {
  for (const [pid, folder] of running) {
    signal(processTree(pid), 'SIGKILL')
    rmSync(folder, { recursive: true, force: true })
  }
}

function signal(pids: readonly number[], name: NodeJS.Signals): void {
  for (const pid of pids) {
    try {
      process.kill(pid, name)
    } catch {
      // It has ended in the meantime.
    }
  }
}
