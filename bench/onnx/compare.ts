/*
 * What does htx add to a real network on all cores? The detector of PP-OCRv4 and its small classifier of angles, served by htx, against a
 * bare loop of onnxruntime-node on as many threads, and against the same files in Python under mosec, LitServe and label-studio-ml-backend.
 * npm ci && node --import tsx compare.ts [--quick] [--rounds 5] [--runtime <path of a node or a bun>] [--only detector] [--tuned='--batch-tasks 1']
 */
import { execFile } from 'node:child_process'
import { availableParallelism } from 'node:os'
import { fileURLToPath } from 'node:url'
import { parseArgs, promisify } from 'node:util'
import { type Bar, printBars, verdict } from '../measure/bar.ts'
import { versionOf, writeResults } from '../measure/results.ts'
import { interleave, ratios } from '../measure/rounds.ts'
import { type ServerCommand, startServer } from '../measure/server-process.ts'
import { measureRun } from '../measure/server-run.ts'
import { median } from '../measure/statistics.ts'
import { printTable } from '../measure/table.ts'
import type { BareFigures } from './bare-loop.ts'
import { htxCommand, installedPeers, type PeerName, peerCommand, peerVersion } from './contenders.ts'
import { answersRightly, makeInputs, requestBody } from './inputs.ts'
import type { Work } from './work/open-work.ts'

const { values: flags } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    rounds: { type: 'string' },
    runtime: { type: 'string', default: process.execPath },
    only: { type: 'string' },
    without: { type: 'string', default: '' },
    tuned: { type: 'string' },
  },
})
const rounds = Number(flags.rounds ?? (flags.quick ? 2 : 5))
const [settleSeconds, seconds] = flags.quick ? [3, 8] : [5, 20]
const connections = 32
const workers = availableParallelism()
const runtime = flags.runtime

/** A network, and how many tasks a request brings. */
interface Row {
  readonly work: Work
  readonly tasks: number
}
const rows: Row[] = [
  { work: 'detector' as const, tasks: 1 },
  { work: 'classifier' as const, tasks: 1 },
  { work: 'classifier' as const, tasks: 100 },
].filter(({ work }) => flags.only === undefined || flags.only.split(',').includes(work))

/** `tuned htx` has the flags of --tuned, such as those that htx-bench finds. */
type Contender = 'bare loop' | 'htx' | 'tuned htx' | PeerName
type Limits = Pick<Bar, 'better' | 'bar' | 'wanted'>
interface Figures extends BareFigures {
  readonly p50Ms?: number
  readonly p99Ms?: number
  readonly failed: number
}

await using inputs = await makeInputs()
const peers = installedPeers().filter(name => !flags.without.split(',').includes(name))
const ours: Contender[] = flags.tuned === undefined ? ['htx'] : ['htx', 'tuned htx']
const contenders: Contender[] = ['bare loop', ...ours, ...peers]
const measured: { readonly row: Row; readonly figures: Map<Contender, Figures[]> }[] = []
for (const row of rows)
  measured.push({ row, figures: await interleave(contenders, rounds, name => measure(row, name)) })

const bars = measured.flatMap(({ row, figures }) => barsOf(row, figures))
for (const { row, figures } of measured) printFigures(row, figures)
printBars(`Bars, ${versionOf(runtime)}, ${rounds} rounds: medians of ratios within a round`, bars)
writeResults(
  'onnx',
  {
    workers,
    connections,
    seconds,
    peers: peers.map(peerVersion),
    bars: bars.map(bar => ({ ...bar, verdict: verdict(bar) })),
    figures: measured.map(({ row, figures }) => ({ ...row, figures: Object.fromEntries(figures) })),
  },
  runtime,
)

async function measure({ work, tasks }: Row, contender: Contender): Promise<Figures> {
  console.log(`${work}, ${tasks} a request: ${contender}`)
  if (contender === 'bare loop') return { ...(await bareLoop(work)), failed: 0 }
  await using server = await startServer(command(work, contender))
  if (!(await answersRightly(server.url, work, inputs, tasks))) throw new Error(`${contender} does not answer rightly`)
  const body = requestBody(work, inputs, tasks)
  const run = await measureRun(server, { body, connections, settleSeconds, seconds })
  return {
    imagesPerSecond: run.requestsPerSecond * tasks,
    cpuMsPerImage: run.cpuMsPerRequest / tasks,
    pssMib: run.pssMib,
    p50Ms: run.p50Ms,
    p99Ms: run.p99Ms,
    failed: run.refused + run.errors,
  }
}

function command(work: Work, contender: Exclude<Contender, 'bare loop'>): ServerCommand {
  if (contender === 'htx') return htxCommand(work, { inputs, workers, runtime })
  if (contender === 'tuned htx')
    return htxCommand(work, { inputs, workers, runtime, flags: flags.tuned?.split(' ') ?? [] })
  // Its default is one process with eight threads.
  return peerCommand(contender, work, { inputs, workers: contender === 'label-studio-ml' ? 1 : workers })
}

async function bareLoop(work: Work): Promise<BareFigures> {
  const program = fileURLToPath(new URL('bare-loop.ts', import.meta.url))
  const args = [work, workers, inputs.folder, inputs.images[work].join(','), settleSeconds, seconds].map(String)
  const { stdout } = await promisify(execFile)(runtime, [...loader(), program, ...args])
  return JSON.parse(stdout) as BareFigures
}

/** Bun reads TypeScript by itself. */
function loader(): string[] {
  return versionOf(runtime).startsWith('bun') ? [] : ['--import', import.meta.resolve('tsx')]
}

function barsOf({ work, tasks }: Row, figures: Map<Contender, Figures[]>): Bar[] {
  return ours.flatMap(own => {
    const against = (name: Contender, figure: string, of: (run: Figures) => number, limits: Limits) => ({
      ...{ work: `${work}, ${tasks} a request${own === 'htx' ? '' : `: ${own}`}`, against: name, figure, ...limits },
      measured: ratios(figures.get(own) ?? [], figures.get(name) ?? [], of),
    })
    const speed = (run: Figures) => run.imagesPerSecond
    const cpu = (run: Figures) => run.cpuMsPerImage
    return [
      against('bare loop', 'images/s, ratio', speed, { better: 'more', bar: 0.95, wanted: 0.98 }),
      against('bare loop', 'CPU an image, ratio', cpu, { better: 'less', bar: 1.05, wanted: 1.02 }),
      ...peers.map(name => against(name, 'images/s, ratio', speed, { better: 'more', bar: 1, wanted: 1 })),
    ]
  })
}

function printFigures({ work, tasks }: Row, figures: Map<Contender, Figures[]>): void {
  printTable(
    `${work}, ${tasks} a request: medians of ${rounds} rounds, ${connections} connections, ${workers} workers`,
    ['server', 'images/s', 'CPU ms an image', 'p50 ms', 'p99 ms', 'PSS MiB', 'failed'],
    [...figures].map(([name, runs]) => {
      const of = (figure: (run: Figures) => number | undefined) => median(runs.map(run => figure(run) ?? Number.NaN))
      return [
        ...[name, of(run => run.imagesPerSecond), of(run => run.cpuMsPerImage)],
        ...[of(run => run.p50Ms), of(run => run.p99Ms), of(run => run.pssMib), of(run => run.failed)],
      ]
    }),
  )
}
