import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { publish } from '../../bench/measure/publish.ts'
import { eventually } from '../support/model-server.ts'
import { serve, untilWhole, whyNoMemoryLimit } from './support/served.ts'
import { describe as tell, underLoad } from './support/steady-load.ts'
import { post, serveTrained } from './support/trained.ts'
import { servedVersion, serves, untilFailed } from './support/versions.ts'

const flags = ['--load-timeout', '5', '--worker-memory-mb', '64']

const failedLoads: Readonly<Record<string, RegExp>> = {
  throw: /the weights are not what they should be/,
  exit: /worker 1 was lost: worker exited with code: 7/,
  spin: /did not come back from «load» within 5000 ms/,
  hang: /did not come back from «load» within 5000 ms/,
  fill: /worker 1 was lost: .*memory limit/,
}

for (const [onLoad, says] of Object.entries(failedLoads)) {
  const skip = onLoad === 'fill' && whyNoMemoryLimit

  describe(`a start whose load has its worker ${onLoad}`, { timeout: 120_000 }, () => {
    it('ends with what is wrong in its last line, and exit code 1, when nothing else can serve', { skip }, async () => {
      const error = await serve({ flags, env: { ECHO_INITIAL_ON_LOAD: onLoad } }).then(
        async server => {
          await server[Symbol.asyncDispose]()
          throw new Error('it listens')
        },
        (reason: Error) => reason,
      )
      assert.match(error.message, /^htx-serve ended with 1 /)
      const lastLine = error.message.trimEnd().split('\n').at(-1) ?? ''
      assert.match(lastLine, /htx-serve: \S/)
      assert.match(lastLine, says)
    })

    it('is not ready when there must be a training, and serves the next version that can be loaded', {
      skip,
    }, async t => {
      await using server = await serve({ flags, env: { ECHO_REQUIRES_TRAINING: '1' } })
      const version = await publish(server.modelsDir, 'default', { onLoad })
      const unready = await eventually(server.readyz, ({ reason = '' }) => says.test(reason), 60_000)
      assert.equal(unready.code, 503)
      const next = await publish(server.modelsDir)
      await eventually(server.readyz, ({ code }) => code === 200, 60_000)
      const tally = await underLoad({ url: server.url }, async () => {
        await serves(server, next)
        assert.match(await untilFailed(server, version), says)
        await untilWhole(server)
        assert.equal(await servedVersion(server), next)
      })
      t.diagnostic(tell(tally))
      assert.equal(tally.refused.size, 0)
    })
  })
}

it('loads the next version, too, when one ended its worker after all that served was deleted', async () => {
  await using server = await serveTrained({ flags, env: { ECHO_REQUIRES_TRAINING: '1' } })
  await publish(server.modelsDir)
  await eventually(server.readyz, ({ code }) => code === 200, 60_000)
  await untilWhole(server)
  assert.equal((await post(server, '/delete', { project: 'default' })).status, 200)
  await eventually(server.readyz, ({ code }) => code === 503, 60_000)
  await publish(server.modelsDir, 'default', { onLoad: 'exit' })
  await eventually(server.readyz, ({ reason = '' }) => /worker \d+ was lost/.test(reason), 60_000)
  const next = await publish(server.modelsDir)
  await eventually(server.readyz, ({ code }) => code === 200, 60_000)
  assert.equal(await servedVersion(server), next)
})
