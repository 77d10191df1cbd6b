import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { poolShapes } from '../../src/bench/settings.ts'

const pairs = (...given: Parameters<typeof poolShapes>) =>
  poolShapes(...given).map(({ workers, threads }) => [workers, threads])

describe('the pools that htx-bench compares', () => {
  it('share all cores out among their workers', () => {
    assert.deepEqual(pairs({}, 2), [
      [1, 2],
      [2, 1],
    ])
    assert.deepEqual(pairs({}, 8), [
      [1, 8],
      [2, 4],
      [4, 2],
      [8, 1],
    ])
    assert.deepEqual(pairs({ workers: [3, 16] }, 8), [
      [3, 2],
      [16, 1],
    ])
    assert.deepEqual(pairs({}, 1), [[1, 1]])
  })

  it('are all that were named', () => {
    assert.deepEqual(pairs({ workers: [1, 2], threads: [1, 4] }, 2), [
      [1, 1],
      [1, 4],
      [2, 1],
      [2, 4],
    ])
  })
})
