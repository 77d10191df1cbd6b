import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { isHtxError } from '../../src/errors/htx-error.ts'
import { openSharing } from '../../src/model/open-sharing.ts'

describe('context.shared', () => {
  it('makes a value once, also when it is asked for twice at a time', async () => {
    const values = new Map<string, unknown>()
    const { shared } = openSharing(values)
    let makes = 0
    const make = async () => {
      makes += 1
      return new Float32Array([1])
    }
    const [one, other] = await Promise.all([shared('head', make), shared('head', make)])
    assert.equal(one, other)
    assert.equal(await shared('head', make), one)
    assert.equal(makes, 1)
    assert.deepEqual([...values.keys()], ['head'])
  })

  it('gives what another thread made without making it', async () => {
    const weights = new Float32Array(new SharedArrayBuffer(4))
    const { shared } = openSharing(new Map([['head', weights]]))
    assert.equal(await shared('head', () => assert.fail('it is there')), weights)
  })

  it('passes on what make throws, and makes it at the next call', async () => {
    const { shared } = openSharing(new Map())
    const noFile = () => {
      throw new Error('no such file')
    }
    await assert.rejects(shared('head', noFile), /no such file/)
    assert.deepEqual(await shared('head', () => [1]), [1])
  })

  it('gives what is there after the load has ended, and makes nothing more', async () => {
    const { shared, close } = openSharing(new Map())
    await shared('head', () => [1])
    close()
    assert.deepEqual(await shared('head', () => [2]), [1])
    await assert.rejects(
      shared('tail', () => [1]),
      error => isHtxError(error, 'HTX_NOT_SHAREABLE'),
    )
  })
})
