/*
 * What do weights cost that are shared between workers, and those that are not? 100 MB of them, 1, 2, 4 and 8 workers, both ways: memory when
 * all workers serve and have answered, and the time until then.
 * npm run build && node --import tsx bench/shared-weights.ts [--quick] [--runtime <path>]
 */
import { ask, timeOf } from './measure/ask.ts'
import { benchFlags } from './measure/flags.ts'
import { predictBody } from './measure/predict-body.ts'
import { pssMibOf } from './measure/process-tree.ts'
import { versionOf, writeResults } from './measure/results.ts'
import { startServer } from './measure/server-process.ts'
import { printTable } from './measure/table.ts'
import { htx } from './peers/htx.ts'

const { runtime, quick } = benchFlags()
const megabytes = 100
const workerCounts = quick ? [1, 2] : [1, 2, 4, 8]
const requests = 200
const body = predictBody(1)

interface Cost {
  readonly pssMib: number
  /** From the start of the process until every worker and the spare have the model. */
  readonly startMs: number
}

const costs: { readonly workers: number; readonly own: Cost; readonly shared: Cost }[] = []
for (const workers of workerCounts)
  costs.push({ workers, own: await measure(workers, false), shared: await measure(workers, true) })
printTable(
  `${megabytes} MB of weights, ${versionOf(runtime)}`,
  ['workers', 'own, PSS MiB', 'shared, PSS MiB', 'ratio', 'own, ms to full capacity', 'shared, ms'],
  costs.map(({ workers, own, shared }) => [
    ...[workers, own.pssMib, shared.pssMib, shared.pssMib / own.pssMib],
    ...[own.startMs, shared.startMs],
  ]),
)
writeResults('shared-weights', { megabytes, costs }, runtime)

async function measure(workers: number, isShared: boolean): Promise<Cost> {
  const flags = () => ['--set', `megabytes=${megabytes}`, '--set', `shared=${isShared}`]
  const isReady = (url: string) => isWhole(url, workers)
  await using server = await startServer(htx({ runtime, workers, model: 'plain-weights.js', flags, isReady }))
  for (let request = 0; request < requests; request += 1) await timeOf(server.url, '/predict', body)
  return { pssMib: pssMibOf(server.pid), startMs: server.startMs }
}

async function isWhole(url: string, workers: number): Promise<boolean> {
  const { slots } = JSON.parse((await ask(url, '/readyz?verbose')).text) as {
    readonly slots: { readonly serving: number; readonly spare: number }
  }
  return slots.serving === workers && slots.spare === 1
}
