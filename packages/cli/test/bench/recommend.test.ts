import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { percentilesOf, type SettingFigures, spreadOf } from '../../src/bench/figures.ts'
import { recommend } from '../../src/bench/recommend.ts'

/** @param rounds tasks a second */
function setting(batch: number, rounds: readonly number[], p99: number, memoryMiB = 100): SettingFigures {
  const answerMs = { p50: p99 / 2, p95: p99, p99 }
  const tasksPerSecond = spreadOf(rounds)
  return {
    ...{ workers: 1, threads: 1, batch, requests: 1000, tasksPerSecond, answerMs },
    ...{ aloneMs: answerMs, cpuMsPerTask: 1, memoryMiB },
  }
}

describe('the recommended setting', () => {
  it('does the most tasks a second of those within the limit', () => {
    const small = setting(1, [100, 101, 99, 100, 100], 10)
    const middle = setting(8, [300, 301, 302, 300, 300], 50)
    const large = setting(32, [400, 401, 402, 400, 400], 500)
    assert.deepEqual(recommend([small, middle, large], 100), { best: middle, withinLimit: true, equal: [] })
    assert.equal(recommend([small, middle, large], 1000).best, large)
  })

  it('answers soonest where tasks a second are alike', () => {
    const small = setting(1, [97, 98, 97, 96, 97], 10)
    const large = setting(32, [100, 101, 100, 100, 100], 300)
    assert.deepEqual(recommend([small, large], 1000), { best: small, withinLimit: true, equal: [large] })
  })

  it('takes least memory where answers are as quick, too', () => {
    const big = setting(1, [100, 100, 100, 100, 100], 10, 500)
    const small = setting(1, [99, 99, 99, 99, 99], 10.5, 100)
    assert.equal(recommend([big, small], 1000).best, small)
  })

  it('holds rounds against those that were taken at the same time', () => {
    // Both were hit in the third and the fourth round; the second is slower in each of them.
    const quick = setting(1, [200, 200, 100, 110, 200], 10)
    const slow = setting(2, [170, 170, 80, 90, 170], 5)
    assert.deepEqual(recommend([quick, slow], 1000).equal, [])
    const unsure = setting(2, [170, 210, 110, 90, 170], 5)
    assert.equal(recommend([quick, unsure], 1000).best, unsure)
  })

  it('is the quickest where none is within the limit', () => {
    const slow = setting(32, [400, 400, 400, 400, 400], 900)
    const slower = setting(64, [500, 500, 500, 500, 500], 1900)
    assert.deepEqual(recommend([slower, slow], 100), { best: slow, withinLimit: false, equal: [] })
  })
})

describe('percentiles', () => {
  it('are values that were measured', () => {
    const values = Array.from({ length: 200 }, (_, place) => 200 - place)
    assert.deepEqual(percentilesOf(values), { p50: 100, p95: 190, p99: 198 })
    assert.deepEqual(percentilesOf([7]), { p50: 7, p95: 7, p99: 7 })
  })
})
