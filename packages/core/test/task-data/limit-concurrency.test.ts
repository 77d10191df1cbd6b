import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { limitConcurrency } from '../../src/task-data/cache/limit-concurrency.ts'

describe('limitConcurrency', () => {
  const forever = new AbortController().signal

  it('runs as many at once as there are places, the others in order, also after errors', async () => {
    const limited = limitConcurrency(2)
    const started: number[] = []
    const ends: (() => void)[] = []
    const run = (number: number) =>
      limited(() => {
        started.push(number)
        return new Promise<void>((resolve, reject) =>
          ends.push(number === 0 ? () => reject(new Error('broken')) : resolve),
        )
      }, forever)
    const [first, second, third, fourth] = [run(0), run(1), run(2), run(3)]
    await new Promise(setImmediate)
    assert.deepEqual(started, [0, 1])
    ends[0]?.()
    await assert.rejects(first as Promise<void>, { message: 'broken' })
    await new Promise(setImmediate)
    assert.deepEqual(started, [0, 1, 2])
    ends[1]?.()
    await second
    await new Promise(setImmediate)
    assert.deepEqual(started, [0, 1, 2, 3])
    ends[2]?.()
    ends[3]?.()
    await Promise.all([third, fourth])
  })

  it('takes who gives up out of the line', async () => {
    const limited = limitConcurrency(1)
    let end = () => {}
    const running = limited(() => new Promise<void>(resolve => (end = resolve)), forever)
    const impatient = new AbortController()
    let ran = false
    const waiting = limited(async () => {
      ran = true
    }, impatient.signal)
    const last = limited(async () => 'last', forever)
    impatient.abort(new Error('enough'))
    await assert.rejects(waiting, { message: 'enough' })
    end()
    await running
    assert.equal(await last, 'last')
    assert.equal(ran, false)
  })
})
