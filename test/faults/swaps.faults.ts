import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { describe, it } from 'node:test'
import { ModelStore } from '@htx/core'
import { publish } from '../../bench/measure/publish.ts'
import { median } from '../../bench/measure/statistics.ts'
import { isLong, type Served, serve } from './support/served.ts'
import { describe as tell, underLoad } from './support/steady-load.ts'
import { serves } from './support/versions.ts'

const swaps = isLong ? 1_000 : 100
/** Against the memory after ten swaps. The short form has not settled by then. */
const mostGrowth = isLong ? 1.1 : 1.3
/** Of a version, in each worker: one that is not let go shows at once. */
const megabytes = 4

describe('versions that come one after the other under load', () => {
  it(`takes no more memory after ${swaps} of them than after ten, and loses no request`, {
    skip: existsSync('/proc/self/smaps_rollup') ? false : 'memory is read from /proc',
  }, async t => {
    await using server = await serve()
    const store = await ModelStore.open(server.modelsDir)
    const memory: number[] = []
    const tally = await underLoad({ url: server.url, clients: 4 }, async load => {
      let last: string | undefined
      for (let swap = 1; swap <= swaps; swap += 1) {
        const version = await publish(server.modelsDir, 'default', { megabytes })
        await serves(server, version)
        if (last !== undefined) await store.delete('default', last)
        last = version
        if (swap === 10 || swap % (swaps / 10) === 0) memory.push(await settledMemory(server, load))
      }
    })
    t.diagnostic(`memory ${memory.map(Math.round).join(', ')} MiB`)
    t.diagnostic(tell(tally))
    assert.equal(tally.refused.size, 0)
    const [afterTen = 0, atEnd = 0] = [memory[0], memory.at(-1)]
    assert.ok(atEnd <= afterTen * mostGrowth, `memory ${memory}`)
  })
})

/** Between two collections of garbage it differs. */
async function settledMemory(server: Served, load: { goesOn(answers: number): Promise<void> }): Promise<number> {
  const samples: number[] = []
  for (let sample = 0; sample < 5; sample += 1) {
    await load.goesOn(100)
    samples.push(server.memoryMib())
  }
  return median(samples)
}
