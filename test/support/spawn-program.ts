import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'

/** Exit code, or the signal that ended it. */
export type Ending = number | NodeJS.Signals

/** A program of ours in a process of its own, under the runtime that runs the tests. */
export interface Program {
  /** Undefined when it could not be started. */
  readonly pid: number | undefined
  /** Everything that it has printed. */
  output(): string
  /** Waits for words in its output. @throws when it ends before */
  says(words: RegExp): Promise<RegExpExecArray>
  /** Sends a signal and waits for the end. */
  stop(signal: NodeJS.Signals): Promise<Ending>
  readonly ended: Promise<Ending>
}

/** @param name such as `htx-serve` @param runtime program that runs it */
export function spawnProgram(
  name: string,
  args: readonly string[],
  cwd: string,
  env: Record<string, string> = {},
  runtime: string = process.execPath,
): Program {
  const bin = fileURLToPath(new URL(`../../packages/cli/dist/bin/${name}.js`, import.meta.url))
  const child: ChildProcess = spawn(runtime, [bin, ...args], {
    cwd,
    env: { PATH: process.env.PATH ?? '', HOME: process.env.HOME ?? '', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let text = ''
  const listeners = new Set<() => void>()
  for (const stream of [child.stdout, child.stderr]) {
    stream?.on('data', (chunk: Buffer) => {
      text += chunk
      for (const listener of listeners) listener()
    })
  }
  const ended = once(child, 'close').then(([code, signal]): Ending => code ?? signal)
  return {
    pid: child.pid,
    output: () => text,
    ended,
    says: words =>
      new Promise((resolve, reject) => {
        const look = () => {
          const found = words.exec(text)
          if (found === null) return
          listeners.delete(look)
          resolve(found)
        }
        listeners.add(look)
        look()
        ended.then(code => reject(new Error(`${name} ended with ${code} and never said ${words}: ${text}`)))
      }),
    stop(signal) {
      child.kill(signal)
      return ended
    },
  }
}
