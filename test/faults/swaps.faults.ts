import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { describe, it } from 'node:test'
import { ModelStore } from '@htx/core'
import { publish } from '../../bench/measure/publish.ts'
import { isLong, onBun, serve } from './support/served.ts'
import { describe as tell, underLoad } from './support/steady-load.ts'
import { serves } from './support/versions.ts'

const swaps = isLong ? 1_000 : 100
/** Against the memory after ten swaps. Too few to tell a slope from garbage in the short form, which would see a version that is not let go. */
const mostGrowth = isLong ? 1.1 : 1.3
/** Of a version, in each worker. */
const megabytes = 4
/** Between two collections of garbage memory goes up and down: the lowest of so many swaps counts. */
const window = swaps / 10
/** Bun collects often enough by itself. */
const env = onBun ? {} : { NODE_OPTIONS: `--import ${new URL('support/collect-garbage.mjs', import.meta.url)}` }

describe('versions that come one after the other under load', () => {
  it(`takes no more memory after ${swaps} of them than after ten, and loses no request`, {
    skip: existsSync('/proc/self/smaps_rollup') ? false : 'memory is read from /proc',
  }, async t => {
    await using server = await serve({ env })
    const store = await ModelStore.open(server.modelsDir)
    /** MiB, by swap. */
    const memory: number[] = []
    const tally = await underLoad({ url: server.url, clients: 4 }, async load => {
      let last: string | undefined
      for (let swap = 1; swap <= 10 + swaps; swap += 1) {
        const version = await publish(server.modelsDir, 'default', { megabytes })
        await serves(server, version)
        if (last !== undefined) await store.delete('default', last)
        last = version
        await load.goesOn(10)
        memory.push(server.memoryMib())
      }
    })
    const lows = Array.from({ length: 10 }, (_, place) =>
      lowest(memory.slice(10 + place * window, 10 + (place + 1) * window)),
    )
    t.diagnostic(`memory, by tenths: ${lows.map(Math.round).join(', ')} MiB`)
    t.diagnostic(tell(tally))
    assert.equal(tally.refused.size, 0)
    const [afterTen = 0, atEnd = 0] = [lows[0], lows.at(-1)]
    assert.ok(atEnd <= afterTen * mostGrowth, `memory ${lows}`)
  })
})

function lowest(values: readonly number[]): number {
  return Math.min(...values)
}
