import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { startServer } from '../measure/server-process.ts'
import { htxCommand } from './contenders.ts'
import { answersRightly, type Inputs, makeInputs, requestBody } from './inputs.ts'

/** More than one worker gets done before anybody gives up. */
const tooMany = 200

describe('htx with a network of onnxruntime in its workers', () => {
  let inputs: Inputs
  before(async () => {
    inputs = await makeInputs()
  })
  after(() => inputs[Symbol.asyncDispose]())

  it('finds what is in the images', async () => {
    await using server = await startServer(htxCommand('reader', { inputs, workers: 1 }))
    assert.ok(await answersRightly(server.url, 'reader', inputs, 3))
  })

  it('serves on when a worker is given up in the midst of a run', async () => {
    const flags = ['--predict-timeout', '1']
    await using server = await startServer(
      htxCommand('detector', { inputs, workers: 1, model: 'deaf-detector', flags }),
    )
    const response = await fetch(`${server.url}/predict`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: requestBody('detector', inputs, tooMany),
    })
    assert.equal(response.status, 504)
    while (!/worker lost/.test(server.output())) await new Promise(resolve => setImmediate(resolve))
    while (!(await answersRightly(server.url, 'detector', inputs, 1).catch(() => false)));
  })
})
