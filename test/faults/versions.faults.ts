import assert from 'node:assert/strict'
import { copyFile, readFile, rename, rm, symlink, truncate, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { ModelStore } from '@htx/core'
import { publish } from '../../bench/measure/publish.ts'
import { eventually } from '../support/model-server.ts'
import { isLong, onBun, type Served, serve, slotEvents, untilWhole, whyNoMemoryLimit } from './support/served.ts'
import { describe as tell, underLoad } from './support/steady-load.ts'
import {
  bringSpoilt,
  servedVersion,
  serves,
  untilFailed,
  untilLooked,
  type VersionView,
  versionStatus,
} from './support/versions.ts'

describe('versions that are not as they should be, under load', () => {
  let server: Served
  before(async () => {
    server = await serve({ flags: ['--load-timeout', '10', '--worker-memory-mb', '64'] })
    await serves(server, await publish(server.modelsDir))
  })
  after(() => server[Symbol.asyncDispose]())

  const remove = (version: string) => rm(join(server.modelsDir, 'default', version), { recursive: true })

  const failedLoads: Readonly<Record<string, RegExp>> = {
    throw: /the weights are not what they should be/,
    exit: /worker \d+ was lost: worker exited with code: 7/,
    spin: /did not come back from «load» within 10000 ms/,
    hang: /did not come back from «load» within 10000 ms/,
    fill: /worker \d+ was lost: .*memory limit/,
  }
  for (const [onLoad, says] of Object.entries(failedLoads)) {
    it(`goes on with the one before when load has its worker ${onLoad}, is ready, and soon whole again`, {
      skip: onLoad === 'fill' && whyNoMemoryLimit,
    }, async t => {
      const tally = await underLoad({ url: server.url }, async () => {
        const before = await servedVersion(server)
        const version = await publish(server.modelsDir, 'default', { onLoad })
        assert.match(await untilFailed(server, version), says)
        assert.match((await versionStatus(server, version))?.reason ?? '', says)
        await server.program.says(says)
        assert.equal(await servedVersion(server), before)
        await untilWhole(server)
        await remove(version)
      })
      t.diagnostic(tell(tally))
      assert.equal(tally.refused.size, 0)
    })
  }

  it('tries one that ends its worker again after growing pauses, five times, and then no more', {
    timeout: 180_000,
  }, async t => {
    const attempts = isLong ? 5 : 2
    const startedAt = performance.now()
    const failedAfter: number[] = []
    const tally = await underLoad({ url: server.url }, async () => {
      const lost = await slotEvents(server, 'slot-lost')
      const version = await publish(server.modelsDir, 'default', { onLoad: onBun ? 'exit' : 'fill' })
      let last: VersionView | undefined
      while (failedAfter.length < attempts) {
        const expected = failedAfter.length + 1
        last = await eventually(
          () => versionStatus(server, version),
          found => found?.state === 'failed' && found.attempts === expected,
          60_000,
        )
        failedAfter.push(performance.now() - startedAt)
      }
      const pauses = failedAfter.slice(1).map((after, place) => after - (failedAfter[place] as number))
      for (const [place, pauseMs] of pauses.entries()) assert.ok(pauseMs >= 5_000 * 2 ** place, `${pauses}`)
      assert.equal(last?.nextRetryAt === null, isLong)
      await untilLooked(server)
      await untilWhole(server)
      assert.equal((await slotEvents(server, 'slot-lost')) - lost, attempts)
      await remove(version)
    })
    t.diagnostic(`failed after ${failedAfter.map(Math.round).join(', ')} ms; ${tell(tally)}`)
    assert.equal(tally.refused.size, 0)
  })

  const manifestOf = (directory: string) => join(directory, 'manifest.json')
  const weightsOf = (directory: string) => join(directory, 'weights.bin')
  const changeManifest = async (directory: string, from: string, to: string) => {
    const text = await readFile(manifestOf(directory), 'utf8')
    assert.ok(text.includes(from))
    await writeFile(manifestOf(directory), text.replaceAll(from, to))
  }
  const outside = (directory: string) => join(directory, '..', 'outside')

  const spoilt: Readonly<Record<string, { spoil: (directory: string) => Promise<unknown>; says: RegExp }>> = {
    'with other bytes': {
      spoil: directory => writeFile(weightsOf(directory), 'y'.repeat(100_000)),
      says: /must have SHA-256/,
    },
    'half written': {
      spoil: directory => truncate(weightsOf(directory), 50_000),
      says: /must have 100000 bytes and has 50000/,
    },
    'without its file': { spoil: directory => rm(weightsOf(directory)), says: /weights\.bin is missing/ },
    'with half a manifest': { spoil: directory => truncate(manifestOf(directory), 100), says: /must be JSON/ },
    'with an empty manifest': { spoil: directory => truncate(manifestOf(directory), 0), says: /must be JSON/ },
    'with a manifest of the future': {
      spoil: directory => changeManifest(directory, '"format": 1', '"format": 2'),
      says: /format 2; this htx reads up to 1/,
    },
    'with a file that lies outside': {
      spoil: directory => changeManifest(directory, '"weights.bin"', '"../outside"'),
      says: /manifest.*files/,
    },
    'with a file behind a symbolic link': {
      spoil: async directory => {
        await rename(weightsOf(directory), outside(directory))
        await symlink(outside(directory), weightsOf(directory))
      },
      says: /reached through a symbolic link/,
    },
  }
  for (const [what, { spoil, says }] of Object.entries(spoilt)) {
    it(`goes on with the one before when one comes ${what}, and is ready`, async t => {
      const tally = await underLoad({ url: server.url }, async () => {
        const before = await servedVersion(server)
        const version = await bringSpoilt(server, spoil)
        assert.match(await untilFailed(server, version), says)
        assert.equal(await servedVersion(server), before)
        await remove(version)
      })
      t.diagnostic(tell(tally))
      assert.equal(tally.refused.size, 0)
    })
  }

  const passedOver: Readonly<Record<string, (directory: string) => Promise<unknown>>> = {
    'a directory without a manifest': directory => rm(manifestOf(directory)),
    'a version whose manifest is a symbolic link': async directory => {
      await copyFile(manifestOf(directory), outside(directory))
      await rm(manifestOf(directory))
      await symlink(outside(directory), manifestOf(directory))
    },
    'a version that is a symbolic link': async directory => {
      await rename(directory, outside(directory))
      await symlink(outside(directory), directory)
    },
  }
  for (const [what, spoil] of Object.entries(passedOver)) {
    it(`passes over ${what}`, async t => {
      const tally = await underLoad({ url: server.url }, async () => {
        const before = await servedVersion(server)
        const version = await bringSpoilt(server, spoil)
        const { versions } = await untilLooked(server)
        assert.deepEqual(
          versions.filter(each => each.version === version),
          [],
        )
        assert.equal(await servedVersion(server), before)
        await remove(version)
      })
      t.diagnostic(tell(tally))
    })
  }

  it('serves the next one that is right', async () => {
    await serves(server, await publish(server.modelsDir))
    const store = await ModelStore.open(server.modelsDir)
    assert.ok((await store.versions('default')).length >= 2)
  })
})
