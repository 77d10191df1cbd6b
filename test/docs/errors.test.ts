import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { it } from 'node:test'
import { errorCodes } from '@htx/core'

it('docs/errors.md has a heading for every error code, and no other', () => {
  const page = readFileSync(new URL('../../docs/errors.md', import.meta.url), 'utf8')
  const headings = [...page.matchAll(/^## (.+)$/gm)].map(([, code]) => code)
  assert.deepEqual(headings.sort(), Object.keys(errorCodes).sort())
})
