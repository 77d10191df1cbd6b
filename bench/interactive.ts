/*
 * Does a person wait for a batch? Interactive requests, one after the other, while 10,000 tasks wait, and alone. A model of 1 ms a task:
 * whoever comes while all slots are busy waits for the rest of one batch.
 * npm run build && node --import tsx bench/interactive.ts [--quick] [--runtime <path>]
 */
import { Agent } from 'node:http'
import { ask, timeOf } from './measure/ask.ts'
import { type Bar, printBars } from './measure/bar.ts'
import { iterationsPerMs } from './measure/busy-work.ts'
import { benchFlags } from './measure/flags.ts'
import { predictBody } from './measure/predict-body.ts'
import { versionOf, writeResults } from './measure/results.ts'
import { startServer } from './measure/server-process.ts'
import { median, percentile } from './measure/statistics.ts'
import { printTable } from './measure/table.ts'
import { htx } from './peers/htx.ts'

const { runtime, quick } = benchFlags()
const samples = quick ? 60 : 500
const batchTasks = 64
const [waitingTasks, batchRequestTasks] = [10_000, 1000]
const interactiveBody = predictBody(1, { params: { context: { result: [] } } })
const batchBody = predictBody(batchRequestTasks)
const fullBatches = (workers: number) => predictBody(workers * batchTasks, { params: { context: { result: [] } } })
const kinds = [
  { name: 'waits', set: 'waitMs=1', workers: 2 },
  // One core stays free for the main thread and for this program.
  { name: 'computes', set: `iterations=${iterationsPerMs()}`, workers: 1 },
]
const bars: Bar[] = []
/** What a batch takes, milliseconds. */
const batchesAlone: Record<string, number> = {}

for (const { name, set, workers } of kinds) {
  const flags = () => ['--set', set, '--batch-tasks', String(batchTasks), '--queue-tasks', String(2 * waitingTasks)]
  await using server = await startServer(htx({ runtime, workers, model: 'timed.ts', flags }))
  const { url } = server
  const agent = new Agent({ keepAlive: true })
  const sample = async (asked = interactiveBody) => {
    const times: number[] = []
    for (let n = 0; n < samples; n += 1) times.push(await timeOf(url, '/predict', asked, agent))
    return times
  }
  await sample()
  const alone = await sample()
  // What a batch takes here, and not what it should: cores are not equally fast at all times.
  const batchMs = median(await sample(fullBatches(workers))) - median(alone)
  batchesAlone[name] = batchMs
  let done = false
  // Each request is asked again when it is answered, so that as many tasks always wait, or are being answered.
  const batches = Array.from({ length: waitingTasks / batchRequestTasks + 1 }, async () => {
    while (!done) await ask(url, '/predict', batchBody)
  })
  // The first answer: the queue is full, and all slots are busy.
  await ask(url, '/predict', batchBody)
  const busy = await sample()
  done = true
  await server.stop()
  await Promise.allSettled(batches)
  agent.destroy()
  const figures = (times: readonly number[]) => [0.5, 0.95, 0.99, 1].map(part => percentile(times, part))
  printTable(
    `Interactive requests, ms; the model ${name} 1 ms a task, ${workers} workers, batches of ${batchTasks}`,
    ['while', 'p50', 'p95', 'p99', 'most'],
    [
      ['alone', ...figures(alone)],
      [`${waitingTasks} tasks wait`, ...figures(busy)],
    ],
  )
  bars.push({
    work: `interactive, a model that ${name}`,
    against: 'a batch alone',
    figure: 'p99 above it, ms',
    measured: [percentile(busy, 0.99) - batchMs],
    better: 'less',
    bar: 10,
    wanted: 5,
  })
}
printBars(`Interactive requests, ${versionOf(runtime)}`, bars)
console.log('a batch alone, ms:', batchesAlone)
writeResults('interactive', { bars, batchesAlone }, runtime)
