import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { collectGarbage, errorCodes, HtxError } from '@htx/core'
import fc from 'fast-check'
import { startServer, type TestServer } from '../support/model-server.ts'
import { untilJob } from '../support/training.ts'
import { holds, isLong } from './support/holds.ts'
import { oddRequest, type WrittenRequest, writeRequest } from './support/odd-requests.ts'
import { type RawAnswer, RawConnection } from './support/raw-http.ts'

/** Odd requests that are under way at a time, a connection each; a good one comes with them. */
const lanes = 10
const requests = { short: 3_000, long: 100_000 }
const bodyLimitBytes = 16 * 1024 * 1024
const timeout = 60 * 60 * 1000

const textConfig = '<View><Text name="text" value="$text"/><TextArea name="answer" toName="text"/></View>'

describe('requests that nobody should send', () => {
  const rejections: unknown[] = []
  const onRejection = (reason: unknown) => rejections.push(reason)
  const names = Object.getOwnPropertyNames(Object.prototype)
  let server: TestServer
  let connections: RawConnection[]
  let sent = 0
  let good = 0
  let rssAtTenth = 0
  const statuses: Record<string, number> = {}

  before(async () => {
    process.on('unhandledRejection', onRejection)
    // Nothing listens there: no job fetches from what a request names.
    const labelStudio = { url: 'http://127.0.0.1:9', apiKey: 'none' }
    server = await startServer('echo.ts', { bodyLimitBytes, labelStudio, cancelGraceMs: 1 })
    connections = Array.from({ length: lanes }, () => new RawConnection(Number(new URL(server.url).port)))
    await holdTheOnlyTrainer(server)
  })
  after(async () => {
    for (const connection of connections) connection.close()
    await server.close()
    process.off('unhandledRejection', onRejection)
  })

  it('are refused in so many words, and harm no request beside them', { timeout }, async test => {
    const total = isLong ? requests.long : requests.short
    await holds(
      test,
      fc.asyncProperty(
        fc.array(oddRequest, { minLength: lanes, maxLength: lanes }),
        fc.nat(lanes),
        async (odd, place) => {
          const written = odd.map(writeRequest)
          const asked = written.map(async (request, lane) =>
            judge(request, await send(request, connections[lane] as RawConnection)),
          )
          asked.splice(place, 0, askWell())
          // All of them end before the next begin, also when one is answered wrongly.
          for (const answered of await Promise.allSettled(asked))
            if (answered.status === 'rejected') throw answered.reason
          sent += lanes
          if (sent >= total / 10 && rssAtTenth === 0) rssAtTenth = rss()
        },
      ),
      { short: requests.short / lanes, long: requests.long / lanes },
    )
    test.diagnostic?.(`${sent} odd requests and ${good} good ones; answers: ${JSON.stringify(statuses)}`)
  })

  it('cost no worker, no rejection that nobody hears, and nothing that all objects inherit', async () => {
    const metrics = await (await fetch(`${server.url}/metrics`)).text()
    assert.doesNotMatch(metrics, /htx_slot_events_total\{event="slot-(lost|failed)"\}/)
    assert.doesNotMatch(metrics, /htx_requests_dropped_total\{[^}]*\} [1-9]/)
    assert.deepEqual(rejections, [])
    assert.deepEqual(Object.getOwnPropertyNames(Object.prototype), names)
    const ready = (await (await fetch(`${server.url}/readyz?verbose`)).json()) as {
      slots: object
      waitingTasks: number
    }
    assert.deepEqual(
      { ...ready.slots, waitingTasks: ready.waitingTasks },
      { wanted: 2, serving: 2, busy: 0, spare: 1, waitingTasks: 0 },
    )
  })

  it('leave no memory behind', test => {
    const rssAtEnd = rss()
    test.diagnostic?.(`resident: ${rssAtTenth} MiB after a tenth, ${rssAtEnd} MiB at the end`)
    assert.ok(rssAtEnd < rssAtTenth * 1.25 + 150, `${rssAtTenth} MiB grew to ${rssAtEnd} MiB`)
  })

  /** A whole request gets an answer on a connection that goes on; what is sent after others have failed must not hear of them. */
  async function send(request: WrittenRequest, connection: RawConnection): Promise<RawAnswer[]> {
    if (!request.isWhole) return connection.tell(request)
    const answer = await connection.ask(request)
    return answer === undefined ? [] : [answer]
  }

  function judge(request: WrittenRequest, answers: readonly RawAnswer[]): void {
    const [answer] = answers
    for (const { status } of answers) {
      statuses[status] = (statuses[status] ?? 0) + 1
      assert.ok(status < 500, `${request.method} ${request.target}: ${status} ${answer?.body.subarray(0, 500)}`)
    }
    if (!request.isWhole) return
    if (answer === undefined) {
      // Of a body that is too large the rest may still come when the answer is out, and then the connection breaks.
      assert.ok(request.bodyBytes > bodyLimitBytes, `no answer to ${request.method} ${request.target}`)
    } else if (request.method !== 'HEAD') {
      if (answer.status >= 400) expectOurWords(answer)
      else if (answer.headers['content-type']?.includes('json')) JSON.parse(answer.body.toString())
    }
  }

  function expectOurWords(answer: RawAnswer): void {
    const { code, message, requestId } = JSON.parse(answer.body.toString()) as Record<string, unknown>
    assert.ok(
      typeof code === 'string' && Object.hasOwn(errorCodes, code),
      `no code of ours: ${answer.body.subarray(0, 500)}`,
    )
    const known = new HtxError(code as keyof typeof errorCodes, String(message))
    assert.ok([known.status, 410].includes(answer.status), `${code} with status ${answer.status}`)
    assert.match(String(requestId), /^\w+-\w+$/)
    assert.ok(
      typeof message === 'string' && message.length < 10_000,
      `a message of ${String(message).length} characters`,
    )
  }

  /** Asks something of its own, and expects the answer to that. */
  async function askWell(): Promise<void> {
    good += 1
    const texts = Array.from({ length: 1 + (good % 3) }, (_, place) => `good ${good}.${place}`)
    const project = `good-${good % 100}`
    const response = await server.post('/predict', {
      tasks: texts.map((text, id) => ({ id, data: { text } })),
      project,
      label_config: textConfig,
      params: { context: null },
    })
    const answer = await response.text()
    assert.equal(response.status, 200, answer)
    const { results, model_version } = JSON.parse(answer) as { results: Echoed[]; model_version: string }
    assert.equal(model_version, 'initial')
    const said = results.map(({ result }) => result[0].value.text)
    assert.deepEqual(
      said,
      texts.map(text => [text, project]),
    )
  }
})

interface Echoed {
  readonly result: [{ readonly value: { readonly text: string[] } }]
}

/** A training that does not end: those that odd requests ask for wait, and cost no processes. */
async function holdTheOnlyTrainer(server: TestServer): Promise<void> {
  const region = { id: 'a', from_name: 'answer', to_name: 'text', type: 'textarea', value: { text: ['x'] } }
  const annotations = [{ id: 1, data: { text: 'x' }, annotations: [{ id: 1, result: [region] }] }]
  const response = await server.post('/train', { project: 'held', label_config: textConfig, annotations })
  const { job } = (await response.json()) as { job: string }
  await untilJob(server, job, ({ state, progress }) => state === 'running' && progress >= 0)
}

/** MiB, of all threads. */
function rss(): number {
  collectGarbage()
  return Math.round(process.memoryUsage().rss / 2 ** 20)
}
