import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { ReadyTasks } from '../../src/pool/ready-tasks.ts'

const input = (path: string) => ({ paths: [path], bytes: 1 })

describe('ReadyTasks', () => {
  it('hands out all tasks in order when none waits for files', () => {
    const tasks = new ReadyTasks(5, { areFetched: false })
    assert.deepEqual(tasks.take(2), { from: 0, to: 2 })
    assert.deepEqual(tasks.take(64), { from: 2, to: 5 })
    assert.deepEqual([tasks.count, tasks.untaken, tasks.missing], [0, 0, 0])
    assert.equal(tasks.inputs({ from: 0, to: 2 }), undefined)
    assert.equal(tasks.resolveMs, 0)
  })

  it('hands out runs of those that have come', () => {
    const tasks = new ReadyTasks(6, { areFetched: true })
    for (const task of [4, 1, 2]) tasks.add(task, input(`file ${task}`))
    assert.deepEqual([tasks.count, tasks.untaken, tasks.missing], [3, 6, 3])
    assert.deepEqual(tasks.take(1), { from: 1, to: 2 })
    assert.deepEqual(tasks.take(64), { from: 2, to: 3 })
    tasks.add(5, undefined)
    tasks.add(3, input('file 3'))
    const run = tasks.take(64)
    assert.deepEqual(run, { from: 3, to: 6 })
    assert.deepEqual(tasks.inputs(run), [input('file 3'), input('file 4'), undefined])
    tasks.add(0, undefined)
    assert.deepEqual(tasks.take(64), { from: 0, to: 1 })
    assert.deepEqual([tasks.count, tasks.untaken, tasks.missing], [0, 0, 0])
  })

  it('joins what touches, in whatever order tasks come', () => {
    const tasks = new ReadyTasks(9, { areFetched: true })
    for (const task of [8, 0, 4, 2, 6, 1, 7, 5, 3]) tasks.add(task, undefined)
    assert.deepEqual(tasks.take(64), { from: 0, to: 9 })
  })

  it('takes what is missing as it is when nobody fetches any more, and nothing twice', () => {
    const tasks = new ReadyTasks(4, { areFetched: true })
    tasks.add(1, input('one'))
    tasks.take(1)
    tasks.addMissing()
    tasks.add(1, input('again'))
    assert.deepEqual([tasks.count, tasks.missing], [3, 0])
    assert.deepEqual(tasks.take(64), { from: 0, to: 1 })
    assert.deepEqual(tasks.take(64), { from: 2, to: 4 })
  })
})
