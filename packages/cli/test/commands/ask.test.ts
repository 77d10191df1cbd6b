import assert from 'node:assert/strict'
import { PassThrough } from 'node:stream'
import { describe, it } from 'node:test'
import { isHtxError } from '@htx/core'
import { askForDirectory, askForKind } from '../../src/commands/ask.ts'
import { backendKinds } from '../../src/commands/backend-kinds.ts'

const down = '\x1b[B'
const enter = '\r'
const control = { c: '\x03' }

/** A terminal on which a person presses keys. */
function terminal(...keys: readonly string[]) {
  const input = new PassThrough()
  const output = new PassThrough().resume()
  setImmediate(() => {
    for (const key of keys) input.write(key)
  })
  return { input, output }
}

describe('the questions of htx-init', () => {
  it('take what is typed for the directory, my-backend for nothing', async () => {
    assert.equal(await askForDirectory(terminal('s', 'e', 'a', enter)), 'sea')
    assert.equal(await askForDirectory(terminal(enter)), 'my-backend')
  })

  it('take the kind that the arrow keys lead to', async () => {
    assert.equal(await askForKind(backendKinds, terminal(enter)), backendKinds[0])
    assert.equal(await askForKind(backendKinds, terminal(down, down, enter)), backendKinds[2])
  })

  it('end with Ctrl-C', async () => {
    await assert.rejects(askForKind(backendKinds, terminal(control.c)), error => isHtxError(error, 'HTX_CANCELLED'))
  })
})
