/*
 * How long until it answers? From the start of the process to the first answer, and from the rename of a version into place to its first
 * answer, with a model that loads in no time.
 * npm run build && node --import tsx bench/start.ts [--quick] [--runtime <path>]
 */
import { join } from 'node:path'
import { type Bar, printBars } from './measure/bar.ts'
import { benchFlags } from './measure/flags.ts'
import { predictBody } from './measure/predict-body.ts'
import { publish, untilServing } from './measure/publish.ts'
import { versionOf, writeResults } from './measure/results.ts'
import { startServer } from './measure/server-process.ts'
import { median } from './measure/statistics.ts'
import { bareHttp, htx } from './peers/htx.ts'

const { runtime, quick } = benchFlags()
const rounds = quick ? 3 : 15
const swaps = quick ? 2 : 5
const body = predictBody(1)
const starts: Record<'htx' | 'bare', number[]> = { htx: [], bare: [] }
const toServing: number[] = []
/** The same while the last workers start: the thread that loads new versions is not there yet. */
const toServingAtStart: number[] = []

for (let round = 0; round < rounds; round += 1) {
  await using server = await startServer(htx({ runtime }))
  starts.htx.push(server.startMs)
  for (let swap = 0; swap <= swaps; swap += 1) {
    const version = await publish(join(server.folder, 'models'))
    const waitedMs = await untilServing(server.url, version, body)
    ;(swap === 0 ? toServingAtStart : toServing).push(waitedMs)
  }
  await using bare = await startServer(bareHttp(runtime))
  starts.bare.push(bare.startMs)
}
const bars: Bar[] = [
  {
    work: 'start to first answer',
    against: '–',
    figure: 'ms',
    measured: starts.htx,
    better: 'less',
    bar: 700,
    wanted: 400,
  },
  {
    work: 'rename to serving',
    against: '–',
    figure: 'ms',
    measured: toServing,
    better: 'less',
    bar: 300,
    wanted: 150,
  },
]
printBars(`Start, ${versionOf(runtime)}, 2 workers`, bars)
console.log(
  `A rename right after the start, which waits for the last workers: ${median(toServingAtStart).toFixed(0)} ms`,
)
writeResults('start', { bars, starts, toServing, toServingAtStart }, runtime)
