import assert from 'node:assert/strict'
import { beforeEach, describe, it } from 'node:test'
import { AdmissionQueue } from '../../src/pool/admission-queue.ts'
import { openEnvelopes } from '../../src/pool/envelope.ts'
import { readPredictBody } from '../../src/pool/predict-body.ts'
import { PredictRequest } from '../../src/pool/predict-request.ts'

let queue: AdmissionQueue
beforeEach(() => {
  queue = new AdmissionQueue({ queueTasks: 10, batchTasks: 4, batchRequests: 16 })
})

function admit(name: string, taskCount: number, { areFetched = false, interactive = false } = {}): PredictRequest {
  const tasks = Array.from({ length: taskCount }, () => ({ data: {} }))
  const params = interactive ? { context: { result: [] } } : {}
  const body = readPredictBody(Buffer.from(JSON.stringify({ tasks, params })), openEnvelopes())
  const job = { body, versionKey: name, project: undefined, shape: 'list', timeoutMs: 1 } as const
  const request = new PredictRequest(job, { areFetched })
  queue.admit(request)
  return request
}

function take(sharers = 1, { worthTasks = 0, batchTasks = 4 } = {}): string[] {
  return queue
    .take({ sharers, worthTasks, batchTasks }, () => true)
    .map(({ request, from, to }) => `${request.job.versionKey} ${from}-${to}`)
}

describe('AdmissionQueue', () => {
  it('gives out tasks whose files are there, and counts the others as waiting', () => {
    const request = admit('a', 6, { areFetched: true })
    assert.deepEqual(take(), [])
    request.ready.add(3, undefined)
    request.ready.add(4, undefined)
    queue.offer(request)
    assert.equal(queue.waitingTasks, 6)
    assert.deepEqual(take(), ['a 3-5'])
    assert.deepEqual(take(), [])
    assert.equal(queue.waitingTasks, 4)
    request.ready.addMissing()
    queue.offer(request)
    assert.deepEqual([...take(), ...take()], ['a 0-3', 'a 5-6'])
    assert.equal(queue.waitingTasks, 0)
  })

  it('cuts a request that is alone into as many pieces of one size as the slots do in whole turns', () => {
    admit('a', 10)
    assert.deepEqual([take(2), take(), take(), take()], [['a 0-3'], ['a 3-6'], ['a 6-9'], ['a 9-10']])
  })

  it('gives all of a request that finds one free slot to that', () => {
    admit('a', 4)
    assert.deepEqual(take(), ['a 0-4'])
  })

  it('fills a batch when others wait', () => {
    admit('a', 5)
    admit('b', 5)
    assert.deepEqual([take(2), take(), take()], [['a 0-4'], ['b 0-4'], ['a 4-5', 'b 4-5']])
  })

  it('bounds the runs of a batch, and not those that somebody in the editor waits for', () => {
    admit('a', 4)
    admit('b', 3, { interactive: true })
    assert.deepEqual([take(1, { batchTasks: 2 }), take(1, { batchTasks: 2 })], [['b 0-3'], ['a 0-2']])
  })

  it('shares what is ready, not what waits', () => {
    const request = admit('a', 9, { areFetched: true })
    for (let task = 0; task < 4; task += 1) request.ready.add(task, undefined)
    queue.offer(request)
    assert.deepEqual(take(2), ['a 0-2'])
  })

  it('lets no request in when those that wait for their files fill it', () => {
    admit('a', 8, { areFetched: true })
    assert.throws(() => admit('b', 3), { code: 'HTX_QUEUE_FULL' })
    admit('c', 2)
    assert.deepEqual(take(), ['c 0-2'])
  })

  it('takes interactive requests first, once their files are there', () => {
    const urgent = admit('urgent', 1, { areFetched: true, interactive: true })
    admit('batch', 2)
    assert.deepEqual(take(2), ['batch 0-1'])
    urgent.ready.add(0, undefined)
    queue.offer(urgent)
    assert.deepEqual(take(), ['urgent 0-1'])
    assert.deepEqual(take(), ['batch 1-2'])
  })

  it('forgets a request that is given up, also when its files come after', () => {
    const request = admit('a', 5, { areFetched: true })
    request.ready.add(0, undefined)
    queue.offer(request)
    queue.remove(request)
    request.ready.addMissing()
    queue.offer(request)
    assert.equal(queue.waitingTasks, 0)
    assert.deepEqual(take(), [])
  })
})
