import assert from 'node:assert/strict'
import { it } from 'node:test'
import { type JobProgress, ProgressRecord } from '../../src/jobs/progress-record.ts'

it('a progress that is told all the time is not stored all the time, at its end neither', () => {
  const stored: JobProgress[] = []
  let told = 0
  const record = new ProgressRecord(
    () => {
      told += 1
    },
    progress => stored.push(progress),
  )
  for (let step = 0; step < 1_000; step += 1) record.say(1, `step ${step}`)
  assert.equal(told, 1_000)
  assert.ok(stored.length < 100, `${stored.length} times`)
  assert.equal(record.latest.message, 'step 999')
})
