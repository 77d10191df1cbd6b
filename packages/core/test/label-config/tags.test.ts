import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { controlFacts, controlTags } from '../../src/label-config/tags.ts'

describe('controlFacts', () => {
  it('names the type of a region as the editor does: by the tag in small letters', () => {
    const exceptions: Record<string, string> = { Chat: 'chatmessage', Relations: 'relation' }
    for (const [tag, { type }] of Object.entries(controlTags)) {
      assert.equal(type, exceptions[tag] ?? tag.toLowerCase())
    }
  })

  it('keeps labels under the type of their region', () => {
    for (const { type, labelsKey } of Object.values(controlTags)) {
      if (labelsKey !== undefined) assert.equal(labelsKey, type)
    }
  })

  it('lets tags through that it does not know, whatever they are called', () => {
    for (const tag of ['BrandNew', 'constructor', '__proto__']) {
      assert.deepEqual(controlFacts(tag), { type: tag.toLowerCase(), family: 'opaque' })
    }
  })
})
