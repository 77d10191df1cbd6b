import assert from 'node:assert/strict'
import { hostname } from 'node:os'
import { describe, it } from 'node:test'
import { newOwner, watchOwners } from '../../src/jobs/owner.ts'

const self = newOwner()
const dayMs = 86_400_000
/** The process that started this one, and lives. */
const living = `${hostname()}:${process.ppid}:there`

describe('the owner of a job', () => {
  it('is gone at once when no process has its number, or this one has it', () => {
    const owners = watchOwners(self)
    const heartbeatAt = Date.now()
    assert.ok(owners.isGone({ id: 'a', owner: `${hostname()}:4194303:none`, heartbeatAt }))
    assert.ok(owners.isGone({ id: 'b', owner: `${hostname()}:${process.pid}:before`, heartbeatAt }))
    assert.ok(!owners.isGone({ id: 'c', owner: living, heartbeatAt }))
    assert.ok(!owners.isGone({ id: 'd', owner: 'elsewhere:1:x', heartbeatAt }))
    assert.equal(owners.suspenseMs, 0)
  })

  it('is not gone because a clock was set: its next heartbeat says so', () => {
    let now = 0
    const owners = watchOwners(self, () => now)
    for (const owner of [living, 'elsewhere:1:x', self]) {
      for (const offsetMs of [-dayMs, dayMs]) {
        const beat = (ms: number) => ({ id: `${owner}${offsetMs}`, owner, heartbeatAt: Date.now() + offsetMs + ms })
        for (let ms = 0; ms < 600_000; ms += 5_000) {
          now += 5_000
          assert.ok(!owners.isGone(beat(ms)))
        }
      }
    }
  })

  it('is gone when it is silent and stays so, whichever way a clock was set', () => {
    for (const offsetMs of [-dayMs, dayMs]) {
      let now = 0
      const owners = watchOwners(self, () => now)
      const silent = { id: 'a', owner: 'elsewhere:1:x', heartbeatAt: Date.now() + offsetMs }
      assert.ok(!owners.isGone(silent))
      now += owners.suspenseMs - 1
      assert.ok(!owners.isGone(silent))
      now += 1
      assert.ok(owners.isGone(silent))
      assert.equal(owners.suspenseMs, 0)
    }
  })
})
