/*
 * Do slots wait for files? Tasks whose file takes 50 ms to fetch, and a model that takes 10 ms: the share of the slots' time that the model had,
 * seen from outside. Fetching and predicting one at a time gives 10 of 60 ms: 17 %.
 * npm run build && node --import tsx bench/files.ts [--quick] [--runtime <path>]
 */
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { ask, timeOf } from './measure/ask.ts'
import { type Bar, printBars } from './measure/bar.ts'
import { benchFlags } from './measure/flags.ts'
import { predictBody } from './measure/predict-body.ts'
import { versionOf, writeResults } from './measure/results.ts'
import { startServer } from './measure/server-process.ts'
import { printTable } from './measure/table.ts'
import { htx } from './peers/htx.ts'

const { runtime, quick } = benchFlags()
const [fetchMs, modelMs, workers] = [50, 10, 2]
const rounds = quick ? 1 : 5
const requests = quick ? 10 : 40
const kinds = [
  { taskCount: 50, connections: 8 },
  { taskCount: 1, connections: 64 },
]

await using host = await startFileHost()
const bars: Bar[] = []
for (const { taskCount, connections } of kinds) {
  const flags = () => ['--set', `waitMs=${modelMs}`, '--allow-address', '127.0.0.1']
  await using server = await startServer(
    htx({
      runtime,
      workers,
      model: 'file-size.ts',
      flags,
      isReady: async url => (await ask(url, '/health')).status === 200,
    }),
  )
  const shares: number[] = []
  for (let round = 0; round < rounds + 1; round += 1) {
    const all = Math.max(requests, (requests * 50) / taskCount)
    const startedAt = performance.now()
    let asked = 0
    const clients = Array.from({ length: connections }, async () => {
      while (asked < all) {
        asked += 1
        await timeOf(server.url, '/predict', host.body(taskCount))
      }
    })
    await Promise.all(clients)
    const elapsedMs = performance.now() - startedAt
    // The first one warms up.
    if (round > 0) shares.push((all * taskCount * modelMs) / (workers * elapsedMs))
  }
  bars.push({
    work: `files: ${connections} requests of ${taskCount} tasks`,
    against: 'all of the slots’ time',
    figure: 'share of the model',
    measured: shares,
    better: 'more',
    bar: 0.9,
    wanted: 0.97,
  })
}
printTable(
  `Files of ${fetchMs} ms, a model of ${modelMs} ms, ${workers} workers`,
  ['most fetched at once'],
  [[host.mostAtOnce()]],
)
printBars(`Files of tasks, ${versionOf(runtime)}`, bars)
writeResults('files', { bars }, runtime)

/** Serves any file after a while. */
async function startFileHost() {
  let atOnce = 0
  let mostAtOnce = 0
  let files = 0
  const server = createServer((_request, response) => {
    atOnce += 1
    mostAtOnce = Math.max(mostAtOnce, atOnce)
    setTimeout(() => {
      atOnce -= 1
      response.end('a file')
    }, fetchMs)
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  /** Each task names a file that no other one does: a cache is of no use. */
  const body = (taskCount: number) => {
    const tasks = Array.from({ length: taskCount }, (_, id) => {
      files += 1
      return { id, data: { text: `http://127.0.0.1:${port}/${files}.txt` } }
    })
    return predictBody(taskCount, { tasks })
  }
  const close = async () => {
    server.closeAllConnections()
    server.close()
    await once(server, 'close')
  }
  return { body, mostAtOnce: () => mostAtOnce, [Symbol.asyncDispose]: close }
}
