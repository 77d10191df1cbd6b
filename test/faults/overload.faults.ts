import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import { median, percentile } from '../../bench/measure/statistics.ts'
import { isLong, serve, untilWhole } from './support/served.ts'
import { assertNothingLost, startLoad, type Tally, describe as tell } from './support/steady-load.ts'

const workers = 4
/** So long that the model, not this machine, says what the server can do. */
const modelMs = 100
const queueTasks = 20
const rounds = isLong ? 7 : 3
const phaseMs = isLong ? 6_000 : 4_000
/** Of the peak, at ten times the capacity. Machines that are shared with others are noisy: the short form finds what is grossly wrong. */
const leastGoodput = isLong ? 0.9 : 0.5

/** What is not the model, milliseconds. */
const slackMs = isLong ? 250 : 1_000

interface Phase {
  readonly tally: Tally
  readonly rightPerSecond: number
  readonly askedPerSecond: number
}

describe('ten times as much as a server can do', () => {
  it('does what it can, refuses the rest at once, and grows no memory', async t => {
    await using server = await serve({
      flags: ['--workers', String(workers), '--queue-tasks', String(queueTasks), '--batch-tasks', '1'],
    })
    const peaks: Phase[] = []
    const overloads: Phase[] = []
    const memory: number[] = []
    await untilWhole(server)
    await phase(server.url, { clients: 2 * workers, pauseMs: 0 })
    for (let round = 0; round < rounds; round += 1) {
      peaks.push(await phase(server.url, { clients: 2 * workers, pauseMs: 0 }))
      overloads.push(await phase(server.url, { clients: 100, pauseMs: 120 }))
      memory.push(server.memoryMib())
    }
    for (const { tally } of [...peaks, ...overloads]) assertNothingLost(tally)
    const ratios = peaks.map((peak, round) => (overloads[round] as Phase).rightPerSecond / peak.rightPerSecond)
    const p99s = overloads.map(({ tally }) => percentile(tally.latenciesMs, 0.99))
    // All that may wait before a request, and itself, at the pace that the machine lets the model have.
    const bounds = overloads.map(({ rightPerSecond }) => ((queueTasks + workers) * 1_000) / rightPerSecond + slackMs)
    t.diagnostic(`peak ${peaks.map(peak => Math.round(peak.rightPerSecond)).join(', ')}/s`)
    t.diagnostic(`overload: asked ${overloads.map(each => Math.round(each.askedPerSecond)).join(', ')}/s`)
    t.diagnostic(`goodput of peak ${ratios.map(ratio => ratio.toFixed(3)).join(', ')}`)
    t.diagnostic(`p99 ${p99s.map(Math.round).join(', ')} ms, bounds ${bounds.map(Math.round).join(', ')}`)
    t.diagnostic(`memory ${memory.map(Math.round).join(', ')} MiB`)
    t.diagnostic(tell((overloads[0] as Phase).tally))
    const asked = median(overloads.map(each => each.askedPerSecond))
    assert.ok(
      asked > (isLong ? 8 : 3) * median(peaks.map(peak => peak.rightPerSecond)),
      `only ${asked} requests a second were asked`,
    )
    assert.ok(median(ratios) >= leastGoodput, `goodput ${ratios}`)
    assert.ok(median(p99s.map((p99, round) => p99 / (bounds[round] as number))) <= 1, `p99 ${p99s}`)
    const [first = 0, last = 0] = [memory[Math.floor(memory.length / 3)], memory.at(-1)]
    assert.ok(last <= first * 1.1 + 10, `memory ${memory}`)
  })
})

async function phase(url: string, { clients, pauseMs }: { clients: number; pauseMs: number }): Promise<Phase> {
  const load = startLoad({ url, clients, pauseMs, command: `pause ${modelMs}`, isMixed: false })
  const startedAt = performance.now()
  await pause(phaseMs)
  const [seconds, right, asked] = [(performance.now() - startedAt) / 1000, load.tally.right, load.tally.asked]
  const tally = await load.stop()
  return { tally, rightPerSecond: right / seconds, askedPerSecond: asked / seconds }
}
