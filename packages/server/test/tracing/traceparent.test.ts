import assert from 'node:assert/strict'
import { it } from 'node:test'
import { formatTraceparent, parseTraceparent } from '../../src/tracing/traceparent.ts'

const text = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01'

it('a trace context comes back as it was written', () => {
  const context = parseTraceparent(text)
  assert.deepEqual(context, {
    traceId: '0af7651916cd43dd8448eb211c80319c',
    spanId: 'b7ad6b7169203331',
    traceFlags: 1,
    isRemote: true,
  })
  assert.equal(context && formatTraceparent(context), text)
})

it('what is no trace context is none', () => {
  for (const other of ['', 'x', text.toUpperCase(), `${text}-more`, text.replace('00-', 'ff-'), text.slice(1)])
    assert.equal(parseTraceparent(other), undefined, other)
})
