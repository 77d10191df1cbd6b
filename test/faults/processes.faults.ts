import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { publish } from '../../bench/measure/publish.ts'
import { withTempDirectory } from '../support/temp-directory.ts'
import { isLong, serve } from './support/served.ts'
import { assertNothingLost, type LoadSettings, startLoad, type Tally, describe as tell } from './support/steady-load.ts'
import { serves } from './support/versions.ts'

const times = isLong ? 20 : 3

/** Has a server go away while a load goes on, some times, and come back. */
async function awayUnderLoad(settings: LoadSettings, goAway: () => Promise<void>): Promise<Tally> {
  let isAway = false
  const load = startLoad({ ...settings, mayBeAway: () => isAway })
  try {
    for (let time = 0; time < times; time += 1) {
      await load.goesOn()
      isAway = true
      await goAway()
      await load.goesOn()
      isAway = false
    }
    await load.goesOn()
  } finally {
    await load.stop()
  }
  assertNothingLost(load.tally)
  return load.tally
}

describe('servers that end under load', () => {
  it('answers all that a worker has begun when SIGTERM comes, and ends in order', t =>
    withTempDirectory(async directory => {
      const seenFile = join(directory, 'seen')
      await using server = await serve({ env: { ECHO_SEEN_FILE: seenFile } })
      const tally = await awayUnderLoad({ url: server.url, clients: 16, command: 'pause 20' }, async () => {
        assert.equal(await server.program.stop('SIGTERM'), 0)
        await server.again()
      })
      t.diagnostic(tell(tally))
      const seen = new Set((await readFile(seenFile, 'utf8')).split('\n'))
      assert.deepEqual(
        tally.unanswered.filter(text => seen.has(text)),
        [],
      )
    }))

  it('serves again what it served after SIGKILL', async t => {
    await using server = await serve()
    const version = await publish(server.modelsDir, '12')
    await serves(server, version)
    const tally = await awayUnderLoad({ url: server.url, clients: 16 }, async () => {
      assert.equal(await server.program.stop('SIGKILL'), 'SIGKILL')
      await server.again()
      await serves(server, version)
    })
    t.diagnostic(tell(tally))
  })
})

describe('two servers on one models directory', () => {
  it('serve each version that comes, both, also when one of them is killed in between', async t => {
    await using one = await serve()
    await using other = await serve({ modelsDir: one.modelsDir })
    let isAway = false
    const loads = [startLoad({ url: one.url, mayBeAway: () => isAway }), startLoad({ url: other.url })]
    try {
      for (let time = 0; time < times; time += 1) {
        const version = await publish(one.modelsDir, '12')
        await Promise.all([serves(one, version), serves(other, version)])
        isAway = true
        await one.program.stop('SIGKILL')
        const next = await publish(one.modelsDir, '12')
        await serves(other, next)
        await one.again()
        await serves(one, next)
        await loads[0]?.goesOn(1)
        isAway = false
        await Promise.all(loads.map(load => load.goesOn()))
      }
    } finally {
      await Promise.all(loads.map(load => load.stop()))
    }
    for (const { tally } of loads) {
      t.diagnostic(tell(tally))
      assertNothingLost(tally)
    }
    assert.deepEqual(loads[1]?.tally.refused.size, 0)
  })
})
