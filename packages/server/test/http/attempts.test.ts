import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { isHtxError } from '@htx/core'
import { networkOf, openAttempts } from '../../src/http/attempts.ts'

describe('attempts', () => {
  const reason = 'too much came from your address'

  it('are counted by address, and refused with the time to wait', async () => {
    const attempts = openAttempts({ most: 2, withinSeconds: 60, refuseSeconds: 90, reason })
    for (const _ of [1, 2]) await attempts.count('203.0.113.1')
    await attempts.check('203.0.113.1')
    const isRefusal = (error: unknown) =>
      isHtxError(error, 'HTX_TOO_MANY_REQUESTS') && /address; try again in 90 s/.test(error.message)
    await assert.rejects(attempts.count('203.0.113.1'), isRefusal)
    await assert.rejects(attempts.check('203.0.113.1'), isRefusal)
    await attempts.check('203.0.113.2')
  })

  it('of one network of IPv6 are those of one address', () => {
    assert.equal(networkOf('2001:db8:0:1:aaaa::1'), '2001:db8:0:1')
    assert.equal(networkOf('2001:db8:0:1::2'), '2001:db8:0:1')
    assert.equal(networkOf('2001:db8::1'), '2001:db8:0:0')
    assert.equal(networkOf('::1'), '0:0:0:0')
    assert.equal(networkOf('::ffff:203.0.113.1'), '::ffff:203.0.113.1')
    assert.equal(networkOf('203.0.113.1'), '203.0.113.1')
  })
})
