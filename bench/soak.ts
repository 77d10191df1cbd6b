/*
 * Does memory grow with time? Mixed load for ten minutes (single tasks, batches, interactive requests, a version every 20 s), memory
 * each ten seconds.
 * npm run build && node --import tsx bench/soak.ts [--minutes 10] [--runtime <path>]
 */
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { lineChart } from './measure/line-chart.ts'
import { runLoad } from './measure/load-run.ts'
import { predictBody } from './measure/predict-body.ts'
import { pssMibOf, threadsOf } from './measure/process-tree.ts'
import { publish } from './measure/publish.ts'
import { keepResult, versionOf, writeResults } from './measure/results.ts'
import { startServer } from './measure/server-process.ts'
import { mean, slope } from './measure/statistics.ts'
import { printTable } from './measure/table.ts'
import { htx } from './peers/htx.ts'

const { values: flags } = parseArgs({
  options: { minutes: { type: 'string', default: '10' }, runtime: { type: 'string', default: process.execPath } },
})
const seconds = Math.round(Number(flags.minutes) * 60)
const [sampleMs, publishMs] = [10_000, 20_000]
const interactive = predictBody(1, { params: { context: { result: [] } } })
const bodies = [
  ...new Array(20).fill(predictBody(1)),
  interactive,
  predictBody(100),
  predictBody(1, { project: '7.1' }),
]

await using server = await startServer(htx({ runtime: flags.runtime }))
const ended = new AbortController()
const load = runLoad({ url: `${server.url}/predict`, body: bodies, connections: 16, seconds }).finally(() =>
  ended.abort(),
)
const samples: { readonly seconds: number; readonly pssMib: number; readonly threads: number }[] = []
const startedAt = performance.now()
const [figures] = await Promise.all([load, sampleMemory(), publishVersions()])

// The first third fills caches, heaps and compiled code; what counts is whether it goes on.
const settled = samples.slice(Math.floor(samples.length / 3))
const pssMibPerHour = slope(settled.map(({ seconds: at, pssMib }) => [at / 3600, pssMib]))
const [settledAt, end] = [settled.slice(0, 3), samples.slice(-3)].map(part => mean(part.map(({ pssMib }) => pssMib)))
printTable(
  `${flags.minutes} minutes of mixed load, ${versionOf(flags.runtime)}`,
  ['requests', 'failed', 'p99 ms', 'PSS idle MiB', 'after a third', 'at end', 'slope MiB/hour', 'threads'],
  [
    [
      figures.requests,
      figures.refused + figures.errors,
      figures.p99Ms,
      samples[0]?.pssMib,
      settledAt,
      end,
      pssMibPerHour,
      samples.at(-1)?.threads,
    ],
  ],
)
writeResults('soak', { minutes: Number(flags.minutes), figures, pssMibPerHour, samples }, flags.runtime)
const picture = lineChart({
  title: `Memory over ${flags.minutes} minutes of mixed load`,
  xLabel: 'seconds',
  yLabel: 'PSS, MiB',
  lines: [{ name: 'memory', points: samples.map(({ seconds: at, pssMib }) => [at, pssMib]) }],
})
keepResult('soak', 'svg', picture, flags.runtime)

async function sampleMemory(): Promise<void> {
  do {
    const at = Math.round((performance.now() - startedAt) / 1000)
    samples.push({ seconds: at, pssMib: pssMibOf(server.pid), threads: threadsOf(server.pid) })
  } while (await paused(sampleMs))
}

async function publishVersions(): Promise<void> {
  while (await paused(publishMs)) await publish(join(server.folder, 'models'))
}

/** @returns false when the load has ended */
function paused(ms: number): Promise<boolean> {
  return pause(ms, true, { signal: ended.signal }).catch(() => false)
}
