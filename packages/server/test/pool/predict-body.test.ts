import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { openEnvelopes } from '../../src/pool/envelope.ts'
import { readPredictBody, taskBytes } from '../../src/pool/predict-body.ts'

describe('readPredictBody', () => {
  it('takes the last of several keys, as JSON.parse does, whatever the others hold', () => {
    const body = read('{"tasks":5,"\\u0074asks":[{"id":1}],"project":"12"}')
    assert.equal(body.taskCount, 1)
    assert.equal(Buffer.from(taskBytes(body, 0, 1)).toString(), '{"id":1}')
    assert.throws(() => read('{"tasks":[{"id":1}],"tasks":5}'), { code: 'HTX_REQUEST_INVALID' })
  })

  it('refuses more tasks than it keeps the places of', () => {
    assert.equal(read(`{"tasks":[${'1,'.repeat(999_999)}1]}`).taskCount, 1_000_000)
    assert.throws(() => read(`{"tasks":[${'1,'.repeat(1_000_000)}1]}`), { code: 'HTX_REQUEST_TOO_LARGE' })
  })
})

function read(text: string) {
  return readPredictBody(Buffer.from(text), openEnvelopes())
}
