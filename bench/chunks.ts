/*
 * Do N slots share one large request? One request of 1,000 tasks, 1 ms each, on N slots and on one. Once the model computes, with as many
 * slots as there are cores, so that the main thread's part counts, too; once it waits, as for a graphics card, with eight slots.
 * npm run build && node --import tsx bench/chunks.ts [--quick] [--runtime <path>]
 */
import { availableParallelism } from 'node:os'
import { timeOf } from './measure/ask.ts'
import { type Bar, printBars } from './measure/bar.ts'
import { iterationsPerMs } from './measure/busy-work.ts'
import { benchFlags } from './measure/flags.ts'
import { predictBody } from './measure/predict-body.ts'
import { versionOf, writeResults } from './measure/results.ts'
import { interleave, ratios } from './measure/rounds.ts'
import { type ServerProcess, startServer } from './measure/server-process.ts'
import { median } from './measure/statistics.ts'
import { printTable } from './measure/table.ts'
import { htx } from './peers/htx.ts'

const { runtime, quick } = benchFlags()
const rounds = quick ? 3 : 15
const taskCount = 1000
const body = predictBody(taskCount)
const kinds = [
  { name: 'computes', set: `iterations=${iterationsPerMs()}`, slots: availableParallelism() },
  { name: 'waits', set: 'waitMs=1', slots: 8 },
]
const bars: Bar[] = []

for (const { name, set, slots } of kinds) {
  const start = (workers: number) =>
    startServer(htx({ runtime, workers, model: 'timed.ts', flags: () => ['--set', set] }))
  await using one = await start(1)
  await using many = await start(slots)
  const servers: Record<string, ServerProcess> = { one, many }
  // As a server that has been up for a while: eight threads compile each for itself.
  for (const server of [one, many]) for (let n = 0; n < 20; n += 1) await timeOf(server.url, '/predict', body)
  const times = await interleave(Object.keys(servers), rounds, server =>
    timeOf((servers[server] as ServerProcess).url, '/predict', body),
  )
  const [single = [], shared = []] = [times.get('one'), times.get('many')]
  printTable(
    `One request of ${taskCount} tasks; the model ${name} 1 ms a task; ms, medians of ${rounds}`,
    ['slots', 'answer, ms'],
    [
      [1, median(single)],
      [slots, median(shared)],
    ],
  )
  bars.push({
    work: `${taskCount} tasks, a model that ${name}`,
    against: `${slots} × one slot`,
    figure: 'speed, ratio',
    measured: ratios(single, shared, ms => ms).map(ratio => ratio / slots),
    better: 'more',
    bar: 0.9,
    wanted: 0.97,
  })
}
printBars(`One request on many slots, ${versionOf(runtime)}`, bars)
writeResults('chunks', { bars }, runtime)
