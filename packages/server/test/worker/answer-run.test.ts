import assert from 'node:assert/strict'
import { it } from 'node:test'
import { BaseModel, choices, type ModelClass, type ModelTask, openModel, type PredictContext } from '@htx/core'
import { openEnvelopes } from '../../src/pool/envelope.ts'
import type { RunMessage } from '../../src/pool/messages.ts'
import { readPredictBody } from '../../src/pool/predict-body.ts'
import { PredictRequest } from '../../src/pool/predict-request.ts'
import { writeRun } from '../../src/pool/run.ts'
import { answerRun } from '../../src/worker/answer-run.ts'
import { Replicas } from '../../src/worker/replicas.ts'

const labelConfig =
  '<View><Text name="t" value="$text"/><Choices name="c" toName="t"><Choice value="Positive"/></Choices></View>'
const model = new URL('../../../../bench/models/no-op.ts', import.meta.url)

const good = '{"data": {"text": "fine"}}'
const readEnvelope = openEnvelopes()

function pieceOf(tasks: string, project?: string) {
  const body = `{"tasks": [${tasks}], "label_config": ${JSON.stringify(labelConfig)}}`
  const request = new PredictRequest({
    body: readPredictBody(Buffer.from(body), readEnvelope),
    versionKey: 'initial',
    project,
    shape: 'list',
    timeoutMs: 1_000,
  })
  return request.take(request.job.body.taskCount)
}

async function answersTo(
  message: RunMessage,
  { of = model, batchTasks = 64 }: { of?: URL | ModelClass; batchTasks?: number } = {},
) {
  const replicas = new Replicas(() => openModel({ model: of }))
  await replicas.load({ key: 'initial', modelVersion: 'initial', directory: undefined, resources: {} }, new Map())
  const answer = await answerRun(message, { replicas, batchTasks }, new AbortController().signal)
  await replicas.unload('initial')
  return answer
}

it('a piece that cannot be read costs only itself', async () => {
  const { message } = writeRun(
    1,
    [`${good}, ${good}`, '{"data": 12}', '{data: 2}', good].map(tasks => pieceOf(tasks)),
  )
  assert.equal(message.groups.length, 1)
  const { text, pieces } = await answersTo(message)
  assert.deepEqual(
    pieces.map(piece => ('error' in piece ? piece.error.code : 'answered')),
    ['answered', 'HTX_REQUEST_INVALID', 'HTX_REQUEST_INVALID', 'answered'],
  )
  let offset = 0
  const counts = pieces.flatMap(piece => {
    if ('error' in piece) return []
    offset += piece.length
    return JSON.parse(`[${text.slice(offset - piece.length, offset)}]`).length
  })
  assert.deepEqual(counts, [2, 1])
  assert.equal(offset, text.length)
})

it('the pieces of a group share its time by their tasks, and no time of another group', async () => {
  const { message } = writeRun(1, [pieceOf(`${good}, ${good}`, '1'), pieceOf(good, '1'), pieceOf(good, '2')])
  const { pieces } = await answersTo(message)
  const [one, same, other] = pieces.map(piece =>
    'error' in piece ? assert.fail(piece.error.message) : piece.taskTimes,
  )
  assert.ok(one !== undefined && one.modelMs > 0 && one.checkMs > 0)
  assert.equal(one.resolveMs, 0)
  assert.equal(one, same)
  assert.notEqual(one, other)
})

it('the model gets a batch at a time, however long the run', async () => {
  const calls: number[] = []
  class Counts extends BaseModel {
    static override readonly inputTypes = ['Text']
    static override readonly outputTypes = ['Choices']

    override predict(tasks: readonly ModelTask[], { binding }: PredictContext) {
      calls.push(tasks.length)
      return tasks.map(({ id }) => ({ score: Number(id) / 10, result: [choices(binding, ['Positive'])] }))
    }
  }
  const tasks = [1, 2, 3, 4, 5].map(id => JSON.stringify({ id, data: { text: 'fine' } }))
  const { message } = writeRun(1, [pieceOf(tasks.slice(0, 3).join()), pieceOf(tasks.slice(3).join())])
  const { text, pieces } = await answersTo(message, { of: Counts, batchTasks: 2 })
  assert.deepEqual(calls, [2, 2, 1])
  const [first] = pieces
  assert.ok(first !== undefined && 'length' in first)
  const answers = JSON.parse(`[${text.slice(0, first.length)}, ${text.slice(first.length)}]`)
  assert.deepEqual(
    answers.map(({ score }: { score: number }) => score),
    [0.1, 0.2, 0.3, 0.4, 0.5],
  )
})

it('says when the stages of a group were, only when it is asked', async () => {
  const { message } = writeRun(1, [pieceOf(`${good}, ${good}`, '1'), pieceOf(good, '1'), pieceOf(good, '2')])
  assert.equal(message.tellStages, undefined)
  const unasked = await answersTo(message)
  assert.ok(unasked.pieces.every(piece => !('stages' in piece)))
  const { pieces, workMs } = await answersTo({ ...message, tellStages: true })
  const [one, same, other] = pieces.map(piece => ('error' in piece ? assert.fail(piece.error.message) : piece.stages))
  assert.ok(one !== undefined && other !== undefined)
  assert.equal(one, same)
  assert.deepEqual([one.tasks, other.tasks], [3, 1])
  assert.ok(one.startMs + one.modelMs + one.checkMs <= other.startMs)
  assert.ok(other.startMs + other.modelMs + other.checkMs <= workMs)
})
