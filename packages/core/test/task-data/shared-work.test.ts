import assert from 'node:assert/strict'
import { getEventListeners } from 'node:events'
import { describe, it } from 'node:test'
import { openSharedWork } from '../../src/task-data/cache/shared-work.ts'

/** Work that ends when told to, or when its signal aborts. */
function controlledWork() {
  const signals: AbortSignal[] = []
  let finish: (value: string) => void = () => {}
  const work = (signal: AbortSignal) => {
    signals.push(signal)
    return new Promise<string>((resolve, reject) => {
      finish = resolve
      signal.addEventListener('abort', () => reject(signal.reason))
    })
  }
  return { work, signals, finish: (value: string) => finish(value) }
}

describe('openSharedWork', () => {
  it('starts the work of a key once for all who wait, and anew after its end', async () => {
    const shared = openSharedWork<string>()
    const { work, signals, finish } = controlledWork()
    const callers = [shared.join('a', work), shared.join('a', work), shared.join('a', work)]
    finish('first')
    assert.deepEqual(await Promise.all(callers), ['first', 'first', 'first'])
    const later = shared.join('a', work)
    finish('second')
    assert.equal(await later, 'second')
    assert.equal(signals.length, 2)
  })

  it('goes on while one caller waits, and lets the one that gave up go at once', async () => {
    const shared = openSharedWork<string>()
    const { work, signals, finish } = controlledWork()
    const impatient = new AbortController()
    const first = shared.join('a', work, impatient.signal)
    const second = shared.join('a', work, new AbortController().signal)
    impatient.abort(new Error('enough'))
    await assert.rejects(first, { message: 'enough' })
    assert.equal(signals[0]?.aborted, false)
    finish('done')
    assert.equal(await second, 'done')
  })

  it('aborts when the last caller has given up; the next caller starts anew', async () => {
    const shared = openSharedWork<string>()
    const { work, signals, finish } = controlledWork()
    const controllers = [new AbortController(), new AbortController()]
    const callers = controllers.map(({ signal }) => shared.join('a', work, signal))
    for (const controller of controllers) controller.abort(new Error('enough'))
    const next = shared.join('a', work)
    for (const caller of callers) await assert.rejects(caller, { message: 'enough' })
    assert.deepEqual(
      signals.map(signal => signal.aborted),
      [true, false],
    )
    finish('done')
    assert.equal(await next, 'done')
  })

  it('lets a whole batch wait on one signal without a warning, and keeps no listener after', async () => {
    const shared = openSharedWork<string>()
    const { signal } = new AbortController()
    const warnings: Error[] = []
    const onWarning = (warning: Error) => warnings.push(warning)
    process.on('warning', onWarning)
    await Promise.all(Array.from({ length: 64 }, (_, index) => shared.join(`${index}`, async () => 'done', signal)))
    // Warnings are emitted in the next tick.
    await new Promise(setImmediate)
    process.off('warning', onWarning)
    assert.deepEqual(warnings, [])
    assert.equal(getEventListeners(signal, 'abort').length, 0)
  })

  it('starts nothing for a caller that has given up before', async () => {
    const shared = openSharedWork<string>()
    const { work, signals } = controlledWork()
    await assert.rejects(shared.join('a', work, AbortSignal.abort(new Error('enough'))), { message: 'enough' })
    assert.equal(signals.length, 0)
  })

  it('gives every caller the error of the work', async () => {
    const shared = openSharedWork<string>()
    const work = () => Promise.reject(new Error('broken'))
    for (const caller of [shared.join('a', work), shared.join('a', work)])
      await assert.rejects(caller, { message: 'broken' })
  })

  it('waits in stop for the end of what it aborted', async () => {
    const shared = openSharedWork<string>()
    let ended = false
    const caller = shared.join('a', async signal => {
      await new Promise(resolve => signal.addEventListener('abort', resolve))
      ended = true
      throw signal.reason
    })
    const rejected = assert.rejects(caller, { message: 'closing' })
    await shared.stop(new Error('closing'))
    assert.equal(ended, true)
    await rejected
  })
})
