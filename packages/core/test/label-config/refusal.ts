import assert from 'node:assert/strict'
import type { ErrorCode } from '../../src/errors/codes.ts'
import { isHtxError } from '../../src/errors/htx-error.ts'

/** For `assert.throws`: an `HtxError` of this code whose message says all of these words. */
export function refusal(code: ErrorCode, ...words: string[]): (error: unknown) => true {
  return error => {
    assert.ok(isHtxError(error, code), `expected ${code}, got ${error}`)
    for (const word of words) assert.ok(error.message.includes(word), `"${word}" is not in "${error.message}"`)
    return true
  }
}
