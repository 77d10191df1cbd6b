import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { seededRandom } from '@htx/core'
import { type KillTally, killOften, killsOf, newTally } from './support/killed-server.ts'
import { isLong } from './support/served.ts'
import { whyNoProcesses } from './support/trainers.ts'

/** Of both together. */
const fewestKills = isLong ? 500 : 15
/** Another one: HTX_SEED. */
const seed = Number(process.env.HTX_SEED ?? Date.now() % 1_000_000)

describe('servers that are killed at any moment', { skip: whyNoProcesses }, () => {
  it('have all that they acknowledged when they are back', { timeout: 3_600_000 }, async t => {
    t.diagnostic(`HTX_SEED=${seed}`)
    const startedAt = performance.now()
    const tallies: KillTally[] = [newTally(), newTally()]
    let hasFailed = false
    const kill = async (tally: KillTally, lane: number) => {
      for (let round = 0; !hasFailed && killsOf(tally) < fewestKills / tallies.length; round += 1) {
        await killOften(seededRandom(seed + lane * 1_000_003 + round), tally).catch(error => {
          hasFailed = true
          throw error
        })
      }
    }
    const ended = await Promise.allSettled(tallies.map(kill))
    for (const tally of tallies) t.diagnostic(JSON.stringify(tally))
    t.diagnostic(`${Math.round((performance.now() - startedAt) / 1_000)} s`)
    for (const lane of ended) if (lane.status === 'rejected') throw lane.reason
    assert.ok(tallies.reduce((sum, tally) => sum + killsOf(tally), 0) >= fewestKills)
  })
})
