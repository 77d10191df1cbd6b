/*
 * What do networks cost in memory, in threads and in processes? The detector and the recogniser of PP-OCRv4 in 1, 2, 4 and 8 workers of htx,
 * with several settings of their sessions, and in as many processes of Python. PSS while all of them work; beside it what a setting costs.
 * node --import tsx memory.ts [--workers 1,2,4,8] [--only 'htx;mosec, optimised'] [--seconds 20] [--runtime <path of a node or a bun>]
 */
import { execFileSync } from 'node:child_process'
import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { type Bar, printBars, verdict } from '../measure/bar.ts'
import { pssMibOf } from '../measure/process-tree.ts'
import { versionOf, writeResults } from '../measure/results.ts'
import { type ServerCommand, startServer } from '../measure/server-process.ts'
import { measureRun } from '../measure/server-run.ts'
import { printTable } from '../measure/table.ts'
import { htxCommand, installedPeers, type PeerName, peerCommand, peerProgram } from './contenders.ts'
import { answersRightly, makeInputs, requestBody } from './inputs.ts'
import { writeOptimised } from './optimise.ts'
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
const restSeconds = 3

type Form = 'external' | 'optimised'

/** What is said about the sessions: options, another form of the files; and the environment of the process. */
interface Setting {
  readonly server: 'htx' | PeerName
  readonly form?: Form
  readonly session?: object
  readonly env?: Readonly<Record<string, string>>
}
const noPrepacking = { extra: { session: { disable_prepacking: '1' } } }
const noPattern = { enableMemPattern: false }
const optimised = { graphOptimizationLevel: 'disabled', ...noPattern }
const malloc = { MALLOC_ARENA_MAX: '2', MALLOC_TRIM_THRESHOLD_: '65536' }
const peers = installedPeers()
const settings: Readonly<Record<string, Setting>> = {
  htx: { server: 'htx' },
  'htx, no pattern': { server: 'htx', session: noPattern },
  'htx, external': { server: 'htx', form: 'external' },
  'htx, external, no prepacking': { server: 'htx', form: 'external', session: noPrepacking },
  'htx, optimised': { server: 'htx', form: 'optimised', session: optimised },
  'htx, optimised, no prepacking': { server: 'htx', form: 'optimised', session: { ...optimised, ...noPrepacking } },
  'htx, optimised, malloc': { server: 'htx', form: 'optimised', session: optimised, env: malloc },
  'htx, optimised, no arena, malloc': {
    ...{ server: 'htx', form: 'optimised', env: malloc },
    session: { ...optimised, enableCpuMemArena: false },
  },
  ...Object.fromEntries(peers.map(server => [server, { server }])),
  ...Object.fromEntries(
    peers.map(server => [`${server}, optimised`, { server, form: 'optimised', session: optimised } as const]),
  ),
}

interface Cost {
  readonly workers: number
  /** Until the first answer; of htx until all workers and the spare are there. */
  readonly startMs: number
  /** While all work, and some seconds later. */
  readonly pssMib: number
  readonly restMib: number
  readonly imagesPerSecond: number
  readonly cpuMsPerImage: number
}

await using inputs = await makeInputs()
await using forms = await makeForms()
const names = Object.keys(settings).filter(name => flags.only === undefined || flags.only.split(';').includes(name))
const costs = new Map<string, Cost[]>()
for (const name of names) costs.set(name, [])
for (const workers of workerCounts) {
  for (const name of names) costs.get(name)?.push(await measure(name, workers))
}
for (const [title, of] of [
  ['PSS under load, MiB', (cost: Cost) => cost.pssMib],
  ['PSS at rest, MiB', (cost: Cost) => cost.restMib],
  ['Start, ms', (cost: Cost) => cost.startMs],
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

async function measure(name: string, workers: number): Promise<Cost> {
  console.log(`${workers} workers: ${name}`)
  await using server = await startServer(command(name, workers))
  const body = requestBody('reader', inputs, 1)
  const run = await measureRun(server, { body, connections: 4 * workers, settleSeconds, seconds })
  if (run.refused + run.errors > 0) throw new Error(`${name} failed ${run.refused + run.errors} requests`)
  await pause(restSeconds * 1000)
  return {
    workers,
    startMs: server.startMs,
    pssMib: run.pssMib,
    restMib: pssMibOf(server.pid),
    imagesPerSecond: run.requestsPerSecond,
    cpuMsPerImage: run.cpuMsPerRequest,
  }
}

function command(name: string, workers: number): ServerCommand {
  const { server, form, session = {}, env } = settings[name] as Setting
  const options = {
    inputs,
    workers,
    runtime: flags.runtime,
    env: {
      HTX_BENCH_SESSION: JSON.stringify(session),
      ...(form === undefined ? {} : { HTX_BENCH_MODELS: join(forms.folder, form) }),
      ...env,
    },
  }
  if (server !== 'htx') return peerCommand(server, 'reader', options)
  return {
    ...htxCommand('reader', options),
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

/** Folders of the networks in other forms. */
async function makeForms(): Promise<{ readonly folder: string } & AsyncDisposable> {
  const folder = await mkdtemp(join(tmpdir(), 'htx-bench-networks-'))
  await mkdir(join(folder, 'optimised'))
  await writeOptimised(join(folder, 'optimised'))
  const [peer] = peers
  if (peer !== undefined) {
    await mkdir(join(folder, 'external'))
    const program = fileURLToPath(new URL('external_data.py', import.meta.url))
    execFileSync(peerProgram(peer, 'python'), [program, assetsDirectory(), join(folder, 'external')])
  }
  return { folder, [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }) }
}

/** As it comes, and with the leanest setting that needs nothing of the operator; against Python as it comes. */
function barsOf(costs: ReadonlyMap<string, readonly Cost[]>): Bar[] {
  const most = Math.max(...workerCounts)
  const pssOf = (name: string) => costs.get(name)?.find(({ workers }) => workers === most)?.pssMib
  return ['htx', 'htx, optimised, no prepacking'].flatMap(name =>
    peers.flatMap(peer => {
      const [own, theirs] = [pssOf(name), pssOf(peer)]
      if (own === undefined || theirs === undefined) return []
      return {
        ...{ work: `${most} workers: ${name}`, against: `${peer}, ${most} processes`, figure: 'PSS, ratio' },
        ...{ measured: [own / theirs], better: 'less' as const, bar: 0.5, wanted: 0.334 },
      }
    }),
  )
}
