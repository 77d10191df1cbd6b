import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { compareVersionNames } from '@htx/core'
import { eventually } from '../support/model-server.ts'
import { withTempDirectory } from '../support/temp-directory.ts'
import { jobOf, listJobs, untilJob, untilOver } from '../support/training.ts'
import { dayMs, jumps, openClock } from './support/clock.ts'
import { describe as tell, underLoad } from './support/steady-load.ts'
import { post, sendEvent, serveTrained, startTraining, untilTold } from './support/trained.ts'
import { servedVersion } from './support/versions.ts'

/** Of a server with one worker: the main one, the worker, the spare. */
const threads = 3

describe('a clock that jumps by a day beside a steady load', () => {
  for (const [direction, offsetMs] of jumps) {
    it(`${direction}: requests are answered, jobs go on, and what is trained is the newest`, t =>
      withTempDirectory(async directory => {
        const clock = await openClock(directory, 'clock')
        await using server = await serveTrained({
          env: clock.env,
          flags: ['--train-every', '1', '--debounce', '1', '--min-annotations', '1'],
        })
        const tally = await underLoad({ url: server.url }, async load => {
          const versions: string[] = []
          const trainNext = async () => {
            const { version } = await untilOver(server, await startTraining(server, '', '12'), 60_000)
            assert.notEqual(version, null)
            versions.push(version as string)
            assert.equal(await answeringVersion(), version)
          }
          const answeringVersion = () => servedVersion(server)
          await trainNext()
          const running = await startTraining(server, 'pause 20000', '13')
          await untilTold(server, running)
          await sendEvent(server, 1)
          await clock.set(offsetMs, { threads, pid: server.program.pid })
          await load.goesOn(200)
          await sendEvent(server, 2)
          // It waits for people to pause, by a clock that does not jump.
          await eventually(
            () => listJobs(server, '78'),
            jobs => jobs.length > 0,
          )
          await post(server, `/api/jobs/${(await listJobs(server, '78'))[0]?.id}/cancel`, {})
          // Its heartbeats, and the looks of a server at other servers' jobs.
          const over = await untilOver(server, running, 60_000)
          assert.equal(over.state, 'succeeded', JSON.stringify(over))
          assert.equal(over.attempts, 1)
          await trainNext()
          await clock.set(0, { threads, pid: server.program.pid })
          await load.goesOn(200)
          await trainNext()
          assert.deepEqual(versions.toSorted(compareVersionNames), versions)
          const listed = (await listJobs(server, '12')).map(({ version }) => version)
          assert.deepEqual(listed, versions.toReversed())
        })
        t.diagnostic(tell(tally))
        assert.equal(tally.refused.size, 0)
      }))
  }

  it('makes no server take the job of another that lives, and a dead one’s is taken', t =>
    withTempDirectory(async directory => {
      const clock = await openClock(directory, 'clock')
      await using one = await serveTrained()
      await using other = await serveTrained({ modelsDir: one.modelsDir, env: clock.env })
      const tally = await underLoad({ url: other.url }, async load => {
        for (const offsetMs of [dayMs, -dayMs]) {
          const job = await startTraining(one, 'pause 3600000')
          await untilTold(one, job)
          await clock.set(offsetMs, { threads, pid: other.program.pid })
          // It looks every five seconds, and waits for a word of the process some more.
          const endAt = performance.now() + 25_000
          await eventually(
            async () => {
              const { state, attempts } = await jobOf(one, job)
              assert.deepEqual([state, attempts], ['running', 1])
              return performance.now()
            },
            now => now > endAt,
            60_000,
          )
          await one.program.stop('SIGKILL')
          await untilJob(other, job, ({ state, attempts }) => state === 'running' && attempts === 2, 60_000)
          await post(other, `/api/jobs/${job}/cancel`, {})
          await clock.set(0, { threads, pid: other.program.pid })
          await one.again()
          await load.goesOn()
        }
      })
      t.diagnostic(tell(tally))
      assert.equal(tally.refused.size, 0)
    }))
})
