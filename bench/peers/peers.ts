/*
 * What a user could pick instead of htx: each answers the same /predict with the same answers, and computes nothing.
 */
import { execFileSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { answersOneTask } from '../measure/predict-body.ts'
import type { ServerCommand } from '../measure/server-process.ts'

export const peerNames = [
  'mosec',
  'batching mosec',
  'litserve',
  'label-studio-ml',
  'lean label-studio-ml',
  'pyheartex',
] as const
export type PeerName = (typeof peerNames)[number]

const here = fileURLToPath(new URL('.', import.meta.url))
const folder = resolve(process.env.HTX_BENCH_PEERS ?? fileURLToPath(new URL('../../.runtimes/peers', import.meta.url)))

/** Those that are installed; says of each other one how to get it. */
export function installedPeers(): PeerName[] {
  return peerNames.filter(name => {
    const isThere = existsSync(program(name, 'python'))
    if (!isThere) console.log(`without ${name}: bench/peers/install ${packageOf(name)} brings it into ${folder}`)
    return isThere
  })
}

/** Such as `mosec 0.9.8`. */
export function peerVersion(name: PeerName): string {
  const code = `import importlib.metadata; print(importlib.metadata.version('${packageOf(name)}'))`
  return `${name} ${execFileSync(program(name, 'python'), ['-c', code], { encoding: 'utf8' }).trim()}`
}

/** @param workers processes that run the model; without it 2 for mosec and LitServe, and gunicorn's default of 1 */
export function peer(name: PeerName, workers?: number): ServerCommand {
  return { ...peerCommand(name, workers), isReady: answersOneTask }
}

function peerCommand(name: PeerName, workers?: number): Omit<ServerCommand, 'isReady'> {
  switch (name) {
    case 'mosec':
      return mosec(name, 1, workers)
    case 'batching mosec':
      return mosec(name, 16, workers)
    case 'litserve':
      return {
        program: program(name, 'python'),
        args: port => [join(here, 'with_litserve.py'), String(workers ?? 2), String(port)],
      }
    case 'label-studio-ml':
      return gunicorn(name, 'with_label_studio_ml:app', workers, ['--preload'])
    case 'lean label-studio-ml':
      return gunicorn(name, 'with_lean_label_studio_ml:app', workers, ['--preload'])
    case 'pyheartex':
      return gunicorn(name, 'with_pyheartex:app', workers)
  }
}

function mosec(name: PeerName, mostInBatch: number, workers = 2): Omit<ServerCommand, 'isReady'> {
  return {
    program: program(name, 'python'),
    args: port => [
      ...[join(here, 'with_mosec.py'), String(workers), String(mostInBatch)],
      // Its time limit of 3 s is lifted to that of the others.
      ...['--address', '127.0.0.1', '--port', String(port), '--timeout', '90000'],
    ],
  }
}

/** As the Dockerfile of label-studio-ml-backend has it: 8 threads in each process. */
function gunicorn(
  name: PeerName,
  app: string,
  workers = 1,
  flags: readonly string[] = [],
): Omit<ServerCommand, 'isReady'> {
  return {
    program: program(name, 'gunicorn'),
    args: port => [
      ...[...flags, '--bind', `127.0.0.1:${port}`, '--workers', String(workers), '--threads', '8'],
      ...['--timeout', '0', '--pythonpath', here, app],
    ],
  }
}

function program(name: PeerName, file: string): string {
  return join(folder, packageOf(name), 'bin', file)
}

function packageOf(name: PeerName): string {
  return name.replace(/^(lean|batching) /, '')
}
