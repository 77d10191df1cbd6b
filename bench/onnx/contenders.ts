import { execFileSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { ServerCommand } from '../measure/server-process.ts'
import { htx } from '../peers/htx.ts'
import { answersRightly, type Inputs } from './inputs.ts'
import { assetsDirectory } from './work/assets.ts'
import type { Work } from './work/open-work.ts'

export const peerNames = ['mosec', 'litserve', 'label-studio-ml'] as const
export type PeerName = (typeof peerNames)[number]

const here = fileURLToPath(new URL('peers', import.meta.url))
const folder = resolve(process.env.HTX_BENCH_PEERS ?? fileURLToPath(new URL('../../.runtimes/peers', import.meta.url)))

/** Those that are installed with onnxruntime; says of each other one how to get it. */
export function installedPeers(): PeerName[] {
  return peerNames.filter(name => {
    const isThere = existsSync(peerProgram(name, 'python')) && canImport(name, 'onnxruntime')
    if (!isThere) console.log(`without ${name}: bench/onnx/install-peers brings it into ${folder}`)
    return isThere
  })
}

/** Such as `mosec 0.9.8, onnxruntime 1.30.0`. */
export function peerVersion(name: PeerName): string {
  const code = `from importlib.metadata import version; print('${name}', version('${name}') + ', onnxruntime', version('onnxruntime'))`
  return execFileSync(peerProgram(name, 'python'), ['-c', code], { encoding: 'utf8' }).trim()
}

export interface ServingOptions {
  readonly inputs: Inputs
  /** Threads of htx; processes of the others. */
  readonly workers: number
  readonly runtime?: string
  /** Name of the module in models, when it is not that of the work. */
  readonly model?: string
  readonly flags?: readonly string[]
  readonly env?: Readonly<Record<string, string>>
}

/** htx-serve as a user gets it, with a model that has been compiled: tsx costs each thread 20 MB. */
export function htxCommand(
  work: Work,
  { inputs, workers, runtime, model = work, flags = [], env = {} }: ServingOptions,
): ServerCommand {
  return {
    ...htx({
      model: `../onnx/dist/models/${model}.js`,
      workers,
      flags: () => ['--data-root', inputs.folder, ...flags],
      ...(runtime === undefined ? {} : { runtime }),
    }),
    env,
    isReady: url => answersRightly(url, work, inputs, 1),
  }
}

export function peerCommand(name: PeerName, work: Work, { inputs, workers, env = {} }: ServingOptions): ServerCommand {
  return {
    ...launch(name, workers),
    env: { ...env, HTX_BENCH_ASSETS: assetsDirectory(), HTX_BENCH_IMAGES: inputs.folder, HTX_BENCH_WORK: work },
    isReady: url => answersRightly(url, work, inputs, 1),
  }
}

function launch(name: PeerName, workers: number): Pick<ServerCommand, 'program' | 'args'> {
  switch (name) {
    case 'mosec':
      return {
        program: peerProgram(name, 'python'),
        args: port => [
          ...['-B', join(here, 'with_mosec.py'), String(workers)],
          // Its time limit of 3 s is lifted to that of the others.
          ...['--address', '127.0.0.1', '--port', String(port), '--timeout', '90000'],
        ],
      }
    case 'litserve':
      return {
        program: peerProgram(name, 'python'),
        args: port => ['-B', join(here, 'with_litserve.py'), String(workers), String(port)],
      }
    case 'label-studio-ml':
      return {
        program: peerProgram(name, 'python'),
        args: port => [
          ...['-B', '-m', 'gunicorn', '--preload', '--bind', `127.0.0.1:${port}`, '--workers', String(workers)],
          ...['--threads', '8', '--timeout', '0', '--pythonpath', here, 'with_label_studio_ml:app'],
        ],
      }
  }
}

function canImport(name: PeerName, module: string): boolean {
  try {
    execFileSync(peerProgram(name, 'python'), ['-c', `import ${module}`], { stdio: 'ignore' })
    return true
  } catch {
    return false
  }
}

export function peerProgram(name: PeerName, file: string): string {
  return join(folder, name, 'bin', file)
}
