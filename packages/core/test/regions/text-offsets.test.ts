import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { codePointOffset, spanOf, utf16Offset } from '../../src/regions/text-offsets.ts'

const text = 'a😀b👩‍💻c'

describe('offsets of a text', () => {
  it('agree with the text as a list of code points, there and back', () => {
    const points = [...text]
    for (let offset = 0; offset <= points.length; offset += 1) {
      const index = points.slice(0, offset).join('').length
      assert.equal(codePointOffset(text, index), offset)
      assert.equal(utf16Offset(text, offset), index)
    }
  })

  it('count a pair as a whole when asked in its middle', () => {
    assert.equal(codePointOffset('😀', 1), 1)
  })

  it('stop at the end of the text', () => {
    assert.equal(utf16Offset(text, 1000), text.length)
  })
})

describe('spanOf', () => {
  it('counts code points and keeps the text', () => {
    assert.deepEqual(spanOf('😀 Ada Lovelace worked', 3, 15), { start: 2, end: 14, text: 'Ada Lovelace' })
  })

  it('marks what the editor would mark', () => {
    for (const match of text.matchAll(/\w/g)) {
      const span = spanOf(text, match.index, match.index + match[0].length)
      assert.equal([...text].slice(span.start, span.end).join(''), match[0])
    }
  })

  it('rejects an empty span and one that leaves the text, such as that of a match not found', () => {
    const notFound = 'abc'.indexOf('x')
    for (const [start, end] of [
      [1, 1],
      [2, 1],
      [0, 4],
      [notFound, notFound + 1],
      [Number.NaN, 2],
    ] as const) {
      assert.throws(() => spanOf('abc', start, end), { code: 'HTX_REGION_INVALID', message: /0 to 3/ })
    }
  })
})
