import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { pino } from 'pino'
import { PredictLog } from '../../src/log/predict-log.ts'

interface Line {
  readonly level: number
  readonly msg: string
  readonly [field: string]: unknown
}

function openLog(level: string) {
  const lines: Line[] = []
  const log = pino({ level, base: null }, { write: line => lines.push(JSON.parse(line)) })
  return { lines, log, predictLog: new PredictLog(log) }
}

const line = { project: '1', version: 'initial', tasks: 2, queueMs: 0.123, resolveMs: 0, modelMs: 4.567, checkMs: 0 }
const rejection = { reason: 'model-failed', message: 'predict threw for task 1: no' } as const

describe('the log of predictions', () => {
  it('has a line for each request, with why its tasks were rejected', () => {
    const { lines, log, predictLog } = openLog('info')
    predictLog.tell(log, { ...line, rejections: [rejection] })
    predictLog.flush()
    const [told, why, ...more] = lines
    assert.equal(told?.msg, 'predicted')
    assert.deepEqual([told.tasks, told.queueMs, told.modelMs, told.rejected], [2, 0.12, 4.57, 1])
    assert.deepEqual([why?.level, why?.reason, why?.msg], [40, rejection.reason, rejection.message])
    assert.deepEqual(more, [])
  })

  it('under load has the sums of those that have none', () => {
    const { lines, log, predictLog } = openLog('info')
    const count = 5_000
    for (let request = 0; request < count; request += 1) predictLog.tell(log, { ...line, rejections: [rejection] })
    predictLog.flush()
    const told = lines.filter(({ msg }) => msg === 'predicted').length
    const sums = lines.filter(({ requests }) => requests !== undefined)
    const sum = (field: string) => sums.reduce((all, own) => all + Number(own[field]), 0)
    assert.ok(told < 1_000)
    assert.equal(told + sum('requests'), count)
    assert.equal(2 * told + sum('tasks'), 2 * count)
    assert.equal(told + sum('rejected'), count)
    assert.ok(lines.filter(({ level }) => level === 40).length < 1_000)
  })

  it('has a line for each at debug, whatever the load', () => {
    const { lines, log, predictLog } = openLog('debug')
    for (let request = 0; request < 500; request += 1) predictLog.tell(log, { ...line, rejections: [rejection] })
    assert.equal(lines.length, 1_000)
  })
})
