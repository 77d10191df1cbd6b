/*
 * What do networks cost in memory, in threads and in processes? The detector and the recogniser of PP-OCRv4 in 1, 2, 4 and 8 workers of htx,
 * with several settings of their sessions, and in as many processes of Python. PSS while all of them work; beside it what a setting costs.
 * node --import tsx memory.ts [--workers 1,2,4,8] [--only htx,mosec] [--seconds 20] [--runtime <path of a node or a bun>]
 */
import { execFileSync } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { type Bar, printBars, verdict } from '../measure/bar.ts'
import { versionOf, writeResults } from '../measure/results.ts'
import { type ServerCommand, startServer } from '../measure/server-process.ts'
import { measureRun } from '../measure/server-run.ts'
import { printTable } from '../measure/table.ts'
import { htxCommand, installedPeers, type PeerName, peerCommand, peerProgram } from './contenders.ts'
import { answersRightly, makeInputs, requestBody } from './inputs.ts'
import { assetsDirectory } from './work/assets.ts'

const { values: flags } = parseArgs({
  options: {
    workers: { type: 'string', default: '1,2,4,8' },
    only: { type: 'string' },
    seconds: { type: 'string', default: '20' },
    runtime: { type: 'string', default: process.execPath },
  },
})
const workerCounts = flags.workers.split(',').map(Number)
const seconds = Number(flags.seconds)
const settleSeconds = 3

/** What is said about the sessions of htx: options, a folder with other forms of the files, the environment of the process. */
interface Setting {
  readonly session?: object
  readonly isExternal?: boolean
  readonly env?: Readonly<Record<string, string>>
}
const withoutPrepacking = { extra: { session: { disable_prepacking: '1' } } }
const settings: Readonly<Record<string, Setting>> = {
  htx: {},
  'htx, no arena': { session: { enableCpuMemArena: false } },
  'htx, MALLOC_ARENA_MAX=2': { env: { MALLOC_ARENA_MAX: '2' } },
  'htx, no arena, MALLOC_ARENA_MAX=2': { session: { enableCpuMemArena: false }, env: { MALLOC_ARENA_MAX: '2' } },
  'htx, external data': { isExternal: true },
  'htx, external data, no prepacking': { isExternal: true, session: withoutPrepacking },
  'htx, external data, no prepacking, no arena': {
    isExternal: true,
    session: { ...withoutPrepacking, enableCpuMemArena: false },
  },
}

interface Cost {
  readonly workers: number
  readonly pssMib: number
  readonly imagesPerSecond: number
  readonly cpuMsPerImage: number
}

await using inputs = await makeInputs()
const peers = installedPeers()
const external = peers.length === 0 ? undefined : await externalData(peers[0] as PeerName)
try {
  const names = [...Object.keys(settings), ...peers].filter(
    name => flags.only === undefined || flags.only.split(';').includes(name),
  )
  const costs = new Map<string, Cost[]>()
  for (const name of names) costs.set(name, [])
  for (const workers of workerCounts) {
    for (const name of names) costs.get(name)?.push(await measure(name, workers))
  }
  for (const [title, of] of [
    ['PSS, MiB', (cost: Cost) => cost.pssMib],
    ['CPU ms an image', (cost: Cost) => cost.cpuMsPerImage],
    ['images/s', (cost: Cost) => cost.imagesPerSecond],
  ] as const) {
    const rows = [...costs].map(([name, all]) => [name, ...all.map(of)])
    printTable(`${title}, by workers`, ['server', ...workerCounts.map(String)], rows)
  }
  const bars = barsOf(costs)
  printBars(`Bars, ${versionOf(flags.runtime)}`, bars)
  writeResults(
    'onnx-memory',
    { seconds, bars: bars.map(bar => ({ ...bar, verdict: verdict(bar) })), costs: Object.fromEntries(costs) },
    flags.runtime,
  )
} finally {
  if (external !== undefined) await rm(external, { recursive: true, force: true })
}

async function measure(name: string, workers: number): Promise<Cost> {
  console.log(`${workers} workers: ${name}`)
  await using server = await startServer(command(name, workers))
  const body = requestBody('reader', inputs, 1)
  const run = await measureRun(server, { body, connections: 4 * workers, settleSeconds, seconds })
  if (run.refused + run.errors > 0) throw new Error(`${name} failed ${run.refused + run.errors} requests`)
  return { workers, pssMib: run.pssMib, imagesPerSecond: run.requestsPerSecond, cpuMsPerImage: run.cpuMsPerRequest }
}

function command(name: string, workers: number): ServerCommand {
  const setting = settings[name]
  if (setting === undefined) return peerCommand(name as PeerName, 'reader', { inputs, workers })
  if (setting.isExternal && external === undefined)
    throw new Error('external data is written by Python; see install-peers')
  return {
    ...htxCommand('reader', {
      inputs,
      workers,
      runtime: flags.runtime,
      env: {
        HTX_BENCH_SESSION: JSON.stringify(setting.session ?? {}),
        ...(setting.isExternal ? { HTX_BENCH_MODELS: external as string } : {}),
        ...setting.env,
      },
    }),
    isReady: async url => (await allServe(url)) && answersRightly(url, 'reader', inputs, 1),
  }
}

/** Each worker and the spare have opened the networks. */
async function allServe(url: string): Promise<boolean> {
  const { slots } = (await (await fetch(`${url}/readyz?verbose`)).json()) as {
    slots: { wanted: number; serving: number; spare: number }
  }
  return slots.serving === slots.wanted && slots.spare === 1
}

async function externalData(peer: PeerName): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'htx-bench-external-'))
  const program = fileURLToPath(new URL('external_data.py', import.meta.url))
  execFileSync(peerProgram(peer, 'python'), [program, assetsDirectory(), folder])
  return folder
}

/** Of the plainest setting, and of the leanest. */
function barsOf(costs: ReadonlyMap<string, readonly Cost[]>): Bar[] {
  const most = Math.max(...workerCounts)
  const pssOf = (name: string) => costs.get(name)?.find(({ workers }) => workers === most)?.pssMib
  const ours = Object.keys(settings).filter(name => pssOf(name) !== undefined)
  const leanest = ours.toSorted((a, b) => (pssOf(a) as number) - (pssOf(b) as number))[0]
  return [...new Set(['htx', leanest])].flatMap(name =>
    peers.flatMap(peer => {
      const [own, theirs] = [pssOf(name ?? ''), pssOf(peer)]
      if (name === undefined || own === undefined || theirs === undefined) return []
      return {
        ...{ work: `${most} workers: ${name}`, against: `${peer}, ${most} processes`, figure: 'PSS, ratio' },
        ...{ measured: [own / theirs], better: 'less' as const, bar: 0.5, wanted: 0.334 },
      }
    }),
  )
}
