import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { answersOneTask } from '../measure/predict-body.ts'
import type { ServerCommand } from '../measure/server-process.ts'

export interface HtxOptions {
  /** File in bench/models; without it the model that computes nothing. */
  readonly model?: string
  readonly workers?: number
  /** Further flags of htx-serve, for the folder of the server. */
  readonly flags?: (folder: string) => readonly string[]
  /** The program that runs it: a node or a bun. */
  readonly runtime?: string
  /** Arguments of the runtime. */
  readonly runtimeArgs?: (folder: string) => readonly string[]
  readonly isReady?: (url: string) => Promise<boolean>
}

const program = fileURLToPath(new URL('../../packages/cli/dist/bin/htx-serve.js', import.meta.url))

/** htx-serve as a user gets it: checks, metrics and the log at their defaults. */
export function htx(options: HtxOptions = {}): ServerCommand {
  const { model = 'no-op.ts', workers = 2, runtime = process.execPath } = options
  const modelFile = fileURLToPath(new URL(`../models/${model}`, import.meta.url))
  return {
    program: runtime,
    args: (port, folder) => [
      ...(options.runtimeArgs?.(folder) ?? []),
      ...[program, modelFile, '--host', '127.0.0.1', '--port', String(port), '--workers', String(workers)],
      ...['--models-dir', join(folder, 'models'), ...(options.flags?.(folder) ?? [])],
    ],
    isReady: options.isReady ?? answersOneTask,
  }
}

/** node:http without anything around it, in one thread. */
export function bareHttp(runtime: string = process.execPath): ServerCommand {
  return {
    program: runtime,
    args: port => [fileURLToPath(new URL('bare-http.mjs', import.meta.url)), String(port)],
    isReady: answersOneTask,
  }
}
