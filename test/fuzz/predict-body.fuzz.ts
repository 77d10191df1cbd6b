import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { parsePredictRequest } from '@htx/core'
import fc from 'fast-check'
import { openEnvelopes } from '../../packages/server/src/pool/envelope.ts'
import { type PredictBody, readPredictBody, taskBytes } from '../../packages/server/src/pool/predict-body.ts'
import { joinBytes } from '../../packages/server/src/pool/run.ts'
import { holds } from './support/holds.ts'
import { anyText, changeText, jsonText, listText, objectText, textChanges, textOf } from './support/json-texts.ts'

const runs = { short: 5_000, long: 100_000 }

const taskText = fc.oneof(
  fc.tuple(jsonText, textOf(anyText)).chain(([value, key]) =>
    fc.tuple(objectText([[key, value]]), jsonText).chain(([data, meta]) =>
      objectText([
        ['"id"', '1'],
        ['"data"', data],
        ['"meta"', meta],
      ]),
    ),
  ),
  jsonText,
)
const tasksMember = fc.tuple(
  fc.constantFrom('"tasks"', '"\\u0074asks"', '"t\\u0061sk\\u0073"'),
  fc.oneof({ weight: 6, arbitrary: fc.array(taskText, { maxLength: 5 }).chain(listText) }, jsonText),
)
const otherMember = fc.oneof(
  fc.tuple(textOf(anyText), jsonText),
  fc.constantFrom(
    ['"project"', '"12.1690000000"'],
    ['"label_config"', '"<View/>"'],
    ['"params"', '{"context": null, "__proto__": {"tasks": [1]}}'],
    ['"params"', '{"tasks": [{"data": {}}]}'],
  ),
)
const members = fc.array(fc.oneof(otherMember, otherMember, tasksMember) as fc.Arbitrary<[string, string]>, {
  maxLength: 6,
})
const bodyText = members.chain(objectText)

describe('the finder of tasks, beside JSON.parse', () => {
  it('finds each task of a body that is JSON, and refuses one without a list of tasks', test =>
    holds(
      test,
      fc.property(bodyText, text => {
        const bytes = Buffer.from(text)
        const { tasks } = JSON.parse(bytes.toString()) as { tasks?: unknown }
        const body = attempt(() => readPredictBody(bytes, openEnvelopes()))
        assert.equal(body !== undefined, Array.isArray(tasks), 'it is let in when it has a list of tasks')
        if (body === undefined || !Array.isArray(tasks)) return
        assert.equal(body.taskCount, tasks.length)
        for (const [place, task] of tasks.entries()) {
          const found = JSON.parse(Buffer.from(taskBytes(body, place, place + 1)).toString())
          assert.deepEqual(found, task)
        }
      }),
      runs,
    ))

  it('lets nothing through that is no JSON, and gives what is wrong with a task to nobody else', test =>
    holds(
      test,
      fc.property(
        bodyText,
        fc.array(
          textChanges(fc.constantFrom('"', '\\', '{', '}', '[', ']', ',', ':', 'NaN', '1', '"tasks":[', '\u0000')),
          {
            minLength: 1,
            maxLength: 3,
          },
        ),
        (text, changes) => {
          const bytes = Buffer.from(changes.reduce(changeText, text))
          if (attempt(() => JSON.parse(bytes.toString())) !== undefined) return
          const body = attempt(() => readPredictBody(bytes, openEnvelopes()))
          if (body === undefined) return
          // The main thread looks at no task: the worker that gets the wrong one refuses it, and nobody else's.
          const refused = Array.from({ length: body.taskCount }, (_, place) => place).filter(
            place => !isJson(taskBytes(body, place, place + 1)),
          )
          assert.notEqual(refused.length, 0, 'each of its tasks is JSON, but not the body')
          for (const place of refused) {
            assert.ok(!isRequest(pieceOf(body, place, place + 1)))
            assert.ok(!isRequest(joinedWithOthers(body, place)), 'it hides among the tasks of others')
          }
        },
      ),
      runs,
    ))

  it('says no, and nothing else, to bytes of any kind', test =>
    holds(
      test,
      fc.property(
        fc.uint8Array({ maxLength: 60 }),
        fc.constantFrom('', '{', '{"tasks":[', '{"tasks":[]'),
        (bytes, head) => {
          const given = Buffer.concat([Buffer.from(head), bytes])
          const body = attempt(() => readPredictBody(given, openEnvelopes()))
          if (body === undefined) return
          const parsed = attempt(() => JSON.parse(given.toString()))
          if (parsed === undefined) assert.ok(!isJson(pieceOf(body, 0, body.taskCount)))
        },
      ),
      runs,
    ))
})

/** Undefined when it refuses; throws what is no error of ours. */
function attempt<T>(work: () => T): T | undefined {
  try {
    return work()
  } catch (error) {
    const { name, code } = error as { name: string; code?: string }
    assert.ok(name === 'SyntaxError' || code === 'HTX_REQUEST_INVALID', `it threw ${error}`)
    return undefined
  }
}

function isJson(bytes: Uint8Array): boolean {
  return attempt(() => JSON.parse(Buffer.from(bytes).toString()) as unknown) !== undefined
}

function isRequest(bytes: Uint8Array): boolean {
  return attempt<unknown>(() => parsePredictRequest(bytes)) !== undefined
}

/** The body that a worker gets for some of its tasks. */
function pieceOf(body: PredictBody, from: number, to: number): Uint8Array {
  return joinBytes([body.envelope.head, taskBytes(body, from, to), body.envelope.tail])
}

/** The body of a run that this task shares with requests of others. */
function joinedWithOthers(body: PredictBody, place: number): Uint8Array {
  const other = Buffer.from('{"data":{"text":"]}"}}')
  const comma = Buffer.from(',')
  const { head, tail } = body.envelope
  return joinBytes([head, other, comma, taskBytes(body, place, place + 1), comma, other, tail])
}
