import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { openEnvelopes } from '../../src/pool/envelope.ts'
import { readPredictBody } from '../../src/pool/predict-body.ts'
import { type PredictJob, PredictRequest } from '../../src/pool/predict-request.ts'
import { writeRun } from '../../src/pool/run.ts'

const readEnvelope = openEnvelopes()

describe('writeRun', () => {
  it('makes one body of pieces that differ in nothing but their tasks', () => {
    const { message, pieces } = writeRun(1, [
      pieceOf(['a', 'b'], 'config', {}),
      pieceOf(['c'], 'another config', {}),
      pieceOf(['d'], 'config', {}),
    ])
    assert.deepEqual(
      message.groups.map(group => group.pieces.map(({ tasks }) => tasks)),
      [[2, 1], [1]],
    )
    assert.deepEqual(bodiesOf(message), [
      { tasks: [{ data: 'a' }, { data: 'b' }, { data: 'd' }], label_config: 'config' },
      { tasks: [{ data: 'c' }], label_config: 'another config' },
    ])
    assert.deepEqual(
      pieces.map(({ request }) => request.job.body.taskCount),
      [2, 1, 1],
    )
  })

  it('keeps apart what another version, shape or Label Studio answers', () => {
    const others: Partial<PredictJob>[] = [
      { versionKey: 'other' },
      { project: '13' },
      { shape: 'dict' },
      { labelConfig: '<View/>' },
      { caller: { url: 'http://localhost:8080/' } },
    ]
    const { message } = writeRun(
      1,
      [{}, ...others].map(other => pieceOf(['a'], 'config', other)),
    )
    assert.equal(message.groups.length, others.length + 1)
  })

  it('keeps apart what a person asks for in the editor, also when it reads the same', () => {
    const interactive = () => pieceOf(['a'], 'config', {}, { context: { result: [] } })
    assert.equal(writeRun(1, [interactive(), interactive()]).message.groups.length, 2)
  })

  it('makes one body of requests with a label config of hundreds of kilobytes, too', () => {
    const config = 'label '.repeat(100_000)
    assert.equal(writeRun(1, [pieceOf(['a'], config, {}), pieceOf(['b'], config, {})]).message.groups.length, 1)
  })

  it('cuts a request into bodies of its own', () => {
    const request = requestOf(['a', 'b', 'c'], 'config', {})
    const first = writeRun(1, [request.take(2)]).message
    const second = writeRun(2, [request.take(2)]).message
    assert.deepEqual(
      [...bodiesOf(first), ...bodiesOf(second)].map(({ tasks }) => tasks),
      [[{ data: 'a' }, { data: 'b' }], [{ data: 'c' }]],
    )
  })
})

function pieceOf(texts: readonly string[], config: string, job: Partial<PredictJob>, params?: object) {
  return requestOf(texts, config, job, params).take(texts.length)
}

function requestOf(texts: readonly string[], config: string, job: Partial<PredictJob>, params?: object) {
  const tasks = texts.map(data => ({ data }))
  return new PredictRequest({
    body: readPredictBody(Buffer.from(JSON.stringify({ tasks, label_config: config, params })), readEnvelope),
    versionKey: 'initial',
    project: '12',
    shape: 'list',
    timeoutMs: 1_000,
    ...job,
  })
}

function bodiesOf({ bytes, groups }: ReturnType<typeof writeRun>['message']): { tasks: unknown[] }[] {
  let offset = 0
  return groups.map(({ headBytes, tailBytes, pieces }) => {
    const inner = pieces.reduce((sum, { lengthBytes }) => sum + lengthBytes, pieces.length - 1)
    const end = offset + headBytes + inner + tailBytes
    const text = Buffer.from(bytes.subarray(offset, end)).toString()
    offset = end
    return JSON.parse(text)
  })
}
