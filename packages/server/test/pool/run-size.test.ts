import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { RunSize } from '../../src/pool/run-size.ts'

const batch = { isInteractive: false }

describe('RunSize', () => {
  it('gives a run as many tasks as are worth it, eight batches at most', () => {
    const size = new RunSize(64)
    assert.equal(size.worthTasks, 0)
    size.observe(10, 10, batch)
    assert.equal(size.worthTasks, 5)
    for (let run = 0; run < 200; run += 1) size.observe(1_000, 1, batch)
    assert.equal(size.worthTasks, 512)
  })

  it('makes batches shorter while people label, by what tasks take, and not below a quarter', () => {
    const size = new RunSize(64)
    size.observe(64, 64, batch)
    assert.equal(size.batchTasks(0), 64)
    size.sawPerson(0)
    assert.equal(size.batchTasks(9_000), 50)
    assert.equal(size.batchTasks(11_000), 64)
    size.observe(1, 50, { isInteractive: true })
    assert.equal(size.batchTasks(9_000), 50)
    size.observe(64, 64_000, batch)
    assert.equal(size.batchTasks(9_000), 16)
    assert.equal(new RunSize(1).batchTasks(0), 1)
  })
})
