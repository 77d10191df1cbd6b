/*
 * How fast is htx beside what a user could pick instead? The full product (checks, metrics and log at their defaults, two workers) against
 * a bare node:http and four Python servers, all with a model that computes nothing; 32 connections; interleaved rounds.
 * npm run bench [-- --quick] [--rounds 5] [--runtime <path of a node or a bun>] [--only mosec,litserve]
 */
import { parseArgs } from 'node:util'
import { type Bar, printBars, verdict } from './measure/bar.ts'
import { answersRightly, predictBody } from './measure/predict-body.ts'
import { versionOf, writeResults } from './measure/results.ts'
import { interleave, ratios } from './measure/rounds.ts'
import { type ServerCommand, startServer } from './measure/server-process.ts'
import { measureRun, type RunFigures } from './measure/server-run.ts'
import { median } from './measure/statistics.ts'
import { printTable } from './measure/table.ts'
import { bareHttp, htx } from './peers/htx.ts'
import { installedPeers, type PeerName, peer, peerVersion } from './peers/peers.ts'

const { values: flags } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    rounds: { type: 'string' },
    runtime: { type: 'string', default: process.execPath },
    only: { type: 'string' },
  },
})
const rounds = Number(flags.rounds ?? (flags.quick ? 2 : 5))
const [warmUpSeconds, seconds] = flags.quick ? [3, 2] : [8, 6]
const connections = 32
const taskCounts = [1, 100] as const
const memoryWorkers = 8

type Contender = 'htx' | 'bare node:http' | PeerName
type Figures = Record<(typeof taskCounts)[number], RunFigures>

const peers = installedPeers().filter(name => flags.only === undefined || flags.only.split(',').includes(name))
const contenders: Contender[] = ['htx', 'bare node:http', ...peers]
const figures = await interleave(contenders, rounds, measure)
const pssMib = await measureMemory()
const bars = [...speedBars(), memoryBar()].filter(({ measured }) => measured.length > 0)
printFigures()
printBars(`Bars, ${versionOf(flags.runtime)}, ${rounds} rounds: medians of ratios within a round`, bars)
writeResults(
  'side-by-side',
  {
    connections,
    seconds,
    peers: peers.map(peerVersion),
    bars: bars.map(bar => ({ ...bar, verdict: verdict(bar) })),
    figures: Object.fromEntries(figures),
    memory: { workers: memoryWorkers, pssMib },
  },
  flags.runtime,
)

async function measure(contender: Contender, round: number): Promise<Figures> {
  console.log(`round ${round + 1} of ${rounds}: ${contender}`)
  await using server = await startServer(command(contender))
  const run = async (taskCount: number) => {
    const body = predictBody(taskCount)
    if (!(await answersRightly(server.url, body, taskCount))) throw new Error(`${contender} does not answer rightly`)
    await measureRun(server, { body, connections, seconds: warmUpSeconds })
    return await measureRun(server, { body, connections, seconds })
  }
  return { 1: await run(1), 100: await run(100) }
}

function command(contender: Contender, workers?: number): ServerCommand {
  if (contender === 'htx') return htx({ runtime: flags.runtime, workers: workers ?? 2 })
  if (contender === 'bare node:http') return bareHttp(flags.runtime)
  return peer(contender, workers)
}

/** Of htx and of a gunicorn with as many workers, after all of them have answered. */
async function measureMemory(): Promise<Partial<Record<Contender, number>>> {
  const all: Partial<Record<Contender, number>> = {}
  for (const contender of contenders) {
    if (contender !== 'htx' && contender !== 'label-studio-ml') continue
    await using server = await startServer(command(contender, memoryWorkers))
    const run = await measureRun(server, { body: predictBody(1), connections, seconds: warmUpSeconds })
    all[contender] = run.pssMib
  }
  return all
}

function speedBars(): Bar[] {
  const requestsPerSecond = (run: RunFigures) => run.requestsPerSecond
  const p99Ms = (run: RunFigures) => run.p99Ms
  const cpuMs = (run: RunFigures) => run.cpuMsPerRequest
  const speed = (tasks: 1 | 100, against: Contender, bar: number, wanted: number) =>
    compare(tasks, against, 'requests/s', requestsPerSecond, 'more', bar, wanted)
  return [
    speed(1, 'bare node:http', 0.9, 1.2),
    speed(100, 'bare node:http', 1, 1.3),
    speed(1, 'mosec', 3, 4),
    speed(100, 'mosec', 3, 4.5),
    speed(1, 'litserve', 30, 40),
    speed(100, 'litserve', 18, 25),
    speed(1, 'label-studio-ml', 70, 100),
    speed(100, 'label-studio-ml', 18, 25),
    speed(1, 'pyheartex', 15, 20),
    compare(1, 'mosec', 'p99', p99Ms, 'less', 1, 0.5),
    compare(100, 'mosec', 'p99', p99Ms, 'less', 1, 0.5),
    compare(1, 'bare node:http', 'CPU a request', cpuMs, 'less', 1.4, 1.1),
    compare(100, 'bare node:http', 'CPU a request', cpuMs, 'less', 1.4, 1.1),
  ]
}

function compare(
  tasks: 1 | 100,
  against: Contender,
  figure: string,
  of: (run: RunFigures) => number,
  better: 'more' | 'less',
  bar: number,
  wanted: number,
): Bar {
  const theirs = figures.get(against)
  const measured = theirs === undefined ? [] : ratios(figures.get('htx') ?? [], theirs, runs => of(runs[tasks]))
  return {
    work: tasks === 1 ? '1 task' : `${tasks} tasks`,
    against,
    figure: `${figure}, ratio`,
    measured,
    better,
    bar,
    wanted,
  }
}

function memoryBar(): Bar {
  const { htx: ours, 'label-studio-ml': theirs } = pssMib
  return {
    work: `${memoryWorkers} workers, no model`,
    against: `gunicorn with ${memoryWorkers}`,
    figure: 'memory, ratio',
    measured: ours === undefined || theirs === undefined ? [] : [ours / theirs],
    better: 'less',
    bar: 1,
    wanted: 0.667,
  }
}

function printFigures(): void {
  const rows = taskCounts.flatMap(tasks =>
    [...figures].map(([name, runs]) => {
      const of = (figure: (run: RunFigures) => number) => median(runs.map(run => figure(run[tasks])))
      return [
        ...[tasks === 1 ? '1 task' : `${tasks} tasks`, name, of(run => run.requestsPerSecond)],
        ...[of(run => run.p50Ms), of(run => run.p95Ms), of(run => run.p99Ms)],
        ...[of(run => run.cpuMsPerRequest), of(run => run.pssMib), of(run => run.refused + run.errors)],
      ]
    }),
  )
  const columns = [
    'work',
    'server',
    'requests/s',
    'p50 ms',
    'p95 ms',
    'p99 ms',
    'CPU ms a request',
    'PSS MiB',
    'failed',
  ]
  printTable(`Medians of ${rounds} rounds, ${connections} connections`, columns, rows)
}
