/*
 * Does a swap of versions cost a request? A version every two seconds at half of the load that the server could take, against the same
 * load without swaps: failed requests, p99, and how long the main thread stalls.
 * npm run build && node --import tsx bench/swaps.ts [--quick] [--runtime <path>]
 */
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { type Bar, printBars } from './measure/bar.ts'
import { benchFlags } from './measure/flags.ts'
import { type LoadFigures, runLoad } from './measure/load-run.ts'
import { predictBody } from './measure/predict-body.ts'
import { publish, untilServing } from './measure/publish.ts'
import { versionOf, writeResults } from './measure/results.ts'
import { ratios } from './measure/rounds.ts'
import { startServer } from './measure/server-process.ts'
import { printTable } from './measure/table.ts'
import { htx } from './peers/htx.ts'

const { runtime, quick } = benchFlags()
const rounds = quick ? 1 : 5
const seconds = quick ? 6 : 20
const everyMs = 2000
// So many that a connection mostly pauses: a stall does not hold back the requests after it.
const connections = 128
const body = predictBody(1)

interface Phase extends LoadFigures {
  readonly swaps: number
  readonly from: number
  readonly to: number
}

// Not in the folder of the server, which goes with it.
const folder = await mkdtemp(join(tmpdir(), 'htx-stalls-'))
const stallFile = join(folder, 'stalls.json')
const watch = fileURLToPath(new URL('measure/stall-watch.mjs', import.meta.url))
const flag = runtime.includes('bun') ? '--preload' : '--import'
const server = await startServer({
  ...htx({ runtime, runtimeArgs: () => [flag, watch] }),
  env: { STALL_FILE: stallFile },
})
const url = `${server.url}/predict`
const modelsDir = join(server.folder, 'models')
const phases: { calm: Phase[]; swapping: Phase[] } = { calm: [], swapping: [] }
const toServing: number[] = []
try {
  await runLoad({ url, body, connections: 32, seconds: 3 })
  const peak = await runLoad({ url, body, connections: 32, seconds: quick ? 3 : 10 })
  const half = peak.requestsPerSecond / 2
  console.log(`peak ${peak.requestsPerSecond.toFixed(0)} requests/s; half of it is asked for`)
  for (let round = 0; round < rounds; round += 1) {
    phases.calm.push(await phase(half, false))
    phases.swapping.push(await phase(half, true))
  }
} finally {
  await server.stop()
}
report(JSON.parse(await readFile(stallFile, 'utf8')))
await rm(folder, { recursive: true })

async function phase(requestsPerSecond: number, swaps: boolean): Promise<Phase> {
  const from = Date.now()
  const ended = new AbortController()
  const swapping = swaps ? swapUntil(ended.signal) : Promise.resolve(0)
  const load = { url, body, connections, seconds, pauseMs: (connections / requestsPerSecond) * 1000 }
  const figures = await runLoad(load)
  const to = Date.now()
  ended.abort()
  return { ...figures, swaps: await swapping, from, to }
}

/** @returns how many versions went live */
async function swapUntil(ended: AbortSignal): Promise<number> {
  for (let swaps = 0; ; swaps += 1) {
    try {
      await pause(everyMs, undefined, { signal: ended })
    } catch {
      return swaps
    }
    toServing.push(await untilServing(server.url, await publish(modelsDir), body))
  }
}

function report(stalls: readonly { readonly at: number; readonly stallMs: number }[]): void {
  const longest = ({ from, to }: Phase) =>
    Math.max(0, ...stalls.filter(({ at }) => at >= from && at <= to).map(({ stallMs }) => stallMs))
  const all = [
    ...phases.calm.map(each => ['calm', each] as const),
    ...phases.swapping.map(each => ['swapping', each] as const),
  ]
  printTable(
    'Half of peak load',
    ['phase', 'swaps', 'requests/s', 'p50 ms', 'p99 ms', 'most ms', 'failed', 'longest stall ms'],
    all.map(([name, each]) => [
      ...[name, each.swaps, each.requestsPerSecond, each.p50Ms, each.p99Ms, each.maxMs],
      ...[each.refused + each.errors, longest(each)],
    ]),
  )
  const shared = { work: 'a version every 2 s', against: 'no swaps', better: 'less' as const }
  const bars: Bar[] = [
    {
      ...shared,
      figure: 'failed',
      measured: phases.swapping.map(each => each.refused + each.errors),
      bar: 0,
      wanted: 0,
    },
    {
      ...shared,
      figure: 'p99, ratio',
      measured: ratios(phases.swapping, phases.calm, each => each.p99Ms),
      bar: 2,
      wanted: 1.3,
    },
    { ...shared, figure: 'longest stall, ms', measured: phases.swapping.map(longest), bar: 50, wanted: 50 },
  ]
  printBars(`Swaps, ${versionOf(runtime)}; published to serving: most ${Math.max(...toServing).toFixed(0)} ms`, bars)
  writeResults('swaps', { bars, phases, toServing, stalls }, runtime)
}
