/*
 * How does it grow? Curves over connections, tasks per request, workers, body size, projects and live versions: requests/s, p99, CPU and memory,
 * as JSON and as pictures in bench/results. Nothing may grow faster than linearly: the power by which it grows is printed.
 * npm run build && node --import tsx bench/growth.ts [--quick] [--runtime <path>] [--only connections,tasks]
 */
import { parseArgs } from 'node:util'
import { type CurveName, curves, type Setting } from './growth/curves.ts'
import { lineChart } from './measure/line-chart.ts'
import { keepResult, writeResults } from './measure/results.ts'
import { startServer } from './measure/server-process.ts'
import { measureRun, type RunFigures } from './measure/server-run.ts'
import { slope } from './measure/statistics.ts'
import { printTable } from './measure/table.ts'

const { values: flags } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    runtime: { type: 'string', default: process.execPath },
    only: { type: 'string' },
  },
})
const [warmUpSeconds, seconds] = flags.quick ? [1, 2] : [3, 8]
const names = (Object.keys(curves) as CurveName[]).filter(name => flags.only?.split(',').includes(name) ?? true)

for (const name of names) {
  const { title, xLabel, settings } = curves[name]
  const points: { readonly x: number; readonly figures: RunFigures }[] = []
  for (const setting of settings.filter(({ isLong }) => !flags.quick || isLong !== true)) {
    points.push({ x: setting.x, figures: await measure(setting) })
  }
  const rows = points.map(({ x, figures: run }) => [
    ...[x, run.requestsPerSecond, run.p50Ms, run.p99Ms],
    ...[run.cpuMsPerRequest, run.pssMib, run.refused + run.errors],
  ])
  printTable(title, [xLabel, 'requests/s', 'p50 ms', 'p99 ms', 'CPU ms a request', 'PSS MiB', 'failed'], rows)
  const growth = {
    cpuMsPerRequest: growthOf(points.map(({ x, figures: run }) => [x, run.cpuMsPerRequest])),
    pssMib: growthOf(points.map(({ x, figures: run }) => [x, run.pssMib])),
    p50Ms: growthOf(points.map(({ x, figures: run }) => [x, run.p50Ms])),
  }
  console.log(
    `growth over the larger half, as a power of ${xLabel} (1 is linear): ` +
      `CPU ${growth.cpuMsPerRequest.toFixed(2)}, memory ${growth.pssMib.toFixed(2)}, p50 ${growth.p50Ms.toFixed(2)}`,
  )
  writeResults(`growth-${name}`, { title, xLabel, points, growth }, flags.runtime)
  draw(name, points)
}

async function measure({ server: command, prepare, ...setting }: Setting): Promise<RunFigures> {
  await using server = await startServer(command(flags.runtime))
  await prepare?.(server)
  const load = { body: setting.body(), connections: setting.connections }
  await measureRun(server, { ...load, seconds: warmUpSeconds })
  return await measureRun(server, { ...load, seconds: setting.seconds ?? seconds })
}

/** The power of x by which y grows over the larger half of the points, from the line through their logarithms. */
function growthOf(points: readonly (readonly [x: number, y: number])[]): number {
  const larger = points.slice(-Math.max(3, Math.ceil(points.length / 2)))
  return slope(larger.map(([x, y]) => [Math.log(x), Math.log(y)]))
}

function draw(name: CurveName, points: readonly { readonly x: number; readonly figures: RunFigures }[]): void {
  const { title, xLabel } = curves[name]
  const line = (of: (run: RunFigures) => number) => points.map(({ x, figures: run }) => [x, of(run)] as const)
  const charts = {
    speed: { yLabel: 'requests/s', lines: [{ name: 'requests/s', points: line(run => run.requestsPerSecond) }] },
    time: {
      yLabel: 'ms',
      lines: [
        { name: 'p50', points: line(run => run.p50Ms) },
        { name: 'p99', points: line(run => run.p99Ms) },
      ],
    },
    memory: { yLabel: 'PSS, MiB', lines: [{ name: 'memory', points: line(run => run.pssMib) }] },
  }
  for (const [kind, chart] of Object.entries(charts)) {
    const picture = lineChart({ title, xLabel, ...chart, logX: true, logY: kind !== 'memory' })
    keepResult(`growth-${name}-${kind}`, 'svg', picture, flags.runtime)
  }
}
