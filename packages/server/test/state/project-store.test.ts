import assert from 'node:assert/strict'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { withTempDirectory } from '../../../../test/support/temp-directory.ts'
import { openState } from '../../src/state/open-state.ts'

describe('the settings of a project', () => {
  it('never pair the token of one Label Studio with the address of another', () =>
    withTempDirectory(async directory => {
      const state = await openState(join(directory, 'htx.sqlite'))
      const { projects } = state
      const caller = async () => {
        const { hostname, accessToken } = (await projects.get('12')) ?? {}
        return [hostname, accessToken]
      }
      try {
        await projects.remember('12', { hostname: 'http://one', accessToken: 'a' })
        await projects.remember('12', { labelConfig: '<View/>' })
        assert.deepEqual(await caller(), ['http://one', 'a'])
        await projects.remember('12', { hostname: 'http://two' })
        assert.deepEqual(await caller(), ['http://two', undefined])
        // Label Studio does not always know its own address.
        await projects.remember('12', { accessToken: 'b' })
        assert.deepEqual(await caller(), [undefined, 'b'])
      } finally {
        await state.close()
      }
    }))
})
