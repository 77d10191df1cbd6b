import assert from 'node:assert/strict'
import { it } from 'node:test'
import { Pace } from '../../src/pool/pace.ts'

it('tells nothing of runs in which the model answered nothing', () => {
  const pace = new Pace()
  pace.observe(1, 100)
  for (let run = 0; run < 100; run += 1) pace.observe(0, 0.1)
  assert.equal(pace.tasksIn(100), 1)
})

it('a slow run counts at once, fast ones by and by', () => {
  const pace = new Pace()
  assert.equal(pace.tasksIn(5), 0)
  pace.observe(100, 1)
  assert.equal(pace.tasksIn(5), 500)
  pace.observe(10, 100)
  assert.equal(pace.tasksIn(5), 0)
  pace.observe(100, 1)
  assert.equal(pace.tasksIn(50), 5)
  for (let run = 0; run < 100; run += 1) pace.observe(100, 1)
  assert.ok(pace.tasksIn(5) > 490)
})
