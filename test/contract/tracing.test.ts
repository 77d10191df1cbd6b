import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { after, afterEach, before, describe, it } from 'node:test'
import { initModelServer } from '@htx/server'
import { SpanKind, SpanStatusCode, trace } from '@opentelemetry/api'
import type { ReadableSpan } from '@opentelemetry/sdk-trace-base'
import { eventually, labelConfig, resultsOf, startServer, type TestServer } from '../support/model-server.ts'
import { collectSpans, endOf, type Spans, startOf } from '../support/spans.ts'
import { withTempDirectory } from '../support/temp-directory.ts'
import { annotatedTask, annotationEvent, untilOver } from '../support/training.ts'

const traceId = '0af7651916cd43dd8448eb211c80319c'
const callerId = 'b7ad6b7169203331'
/** As Label Studio would send it, were it traced. */
const caller = { traceparent: `00-${traceId}-${callerId}-01` }

let spans: Spans
let server: TestServer

before(() => {
  spans = collectSpans()
})
afterEach(async () => {
  await server.close()
  spans.forget()
})
after(() => spans.close())

async function only(name: string): Promise<ReadableSpan> {
  const found = await spans.named(name)
  assert.equal(found.length, 1, name)
  return found[0] as ReadableSpan
}

const metrics = async () => (await fetch(`${server.url}/metrics`)).text()

const names = (list: readonly ReadableSpan[]) => list.map(({ name }) => name)

function assertWithin(inner: ReadableSpan, outer: ReadableSpan): void {
  const times = [startOf(outer), startOf(inner), endOf(inner), endOf(outer)]
  // Spans hold whole nanoseconds, of milliseconds that are rounded in their last digits.
  for (const [place, time] of times.entries()) {
    if (place > 0) assert.ok(time - (times[place - 1] as number) > -0.001, `${inner.name} in ${outer.name}: ${times}`)
  }
}

describe('the trace of a request for predictions', () => {
  it('goes on from the caller, and says where the time went', async () => {
    server = await startServer('scripted.ts', { workers: 1, tracing: true })
    await resultsOf(await server.predict(['pause 50', 'bad'], { headers: { ...caller, 'user-agent': 'test/1' } }))
    const span = await only('POST /predict')
    assert.equal(span.kind, SpanKind.SERVER)
    assert.equal(span.spanContext().traceId, traceId)
    assert.equal(span.parentSpanContext?.spanId, callerId)
    assert.equal(span.status.code, SpanStatusCode.UNSET)
    assert.equal(span.instrumentationScope.name, '@htx/server')
    const { 'htx.request': id, 'server.address': host, ...attributes } = span.attributes
    assert.equal(typeof id, 'string')
    assert.match(String(host), /127\.0\.0\.1/)
    assert.deepEqual(attributes, {
      'http.request.method': 'POST',
      'http.route': '/predict',
      'http.response.status_code': 200,
      'url.path': '/predict',
      'url.scheme': 'http',
      'client.address': '127.0.0.1',
      'user_agent.original': 'test/1',
      'htx.project': '12',
      'htx.version': 'initial',
      'htx.tasks': 2,
      'htx.pieces': 1,
      'htx.rejected': 1,
    })
    const stages = spans.childrenOf(span)
    assert.deepEqual(names(stages), ['htx.queue', 'htx.model', 'htx.check'])
    const [queue, model, check] = stages as [ReadableSpan, ReadableSpan, ReadableSpan]
    for (const stage of stages) assertWithin(stage, span)
    assert.ok(endOf(queue) <= startOf(model) && endOf(model) <= startOf(check) + 0.001)
    assert.ok(endOf(model) - startOf(model) >= 45)
    assert.deepEqual(model.attributes, { 'htx.tasks': 2, 'htx.batch.tasks': 2 })
  })

  it('has the wait for files before that for a worker', async () => {
    const files = createServer((_, response) => response.end('content'))
    files.listen(0, '127.0.0.1')
    await once(files, 'listening')
    const image = `http://127.0.0.1:${(files.address() as AddressInfo).port}/a`
    try {
      server = await startServer('file-reader.ts', { workers: 1, tracing: true, allowAddresses: ['127.0.0.0/8'] })
      const label_config = '<View><Image name="image" value="$image"/><TextArea name="text" toName="image"/></View>'
      await eventually(metrics, text => text.includes('{event="fetcher-opened"} 1'))
      await resultsOf(await server.post('/predict', { tasks: [{ data: { image } }], label_config }))
      const span = await only('POST /predict')
      const stages = spans.childrenOf(span)
      assert.deepEqual(names(stages).slice(0, 2), ['htx.resolve', 'htx.queue'])
      assert.ok(names(stages).includes('htx.model'))
      for (const stage of stages) assertWithin(stage, span)
    } finally {
      files.close()
      files.closeAllConnections()
    }
  })

  it('has a span for each piece that a worker got, but not for thousands', async () => {
    server = await startServer('scripted.ts', { workers: 2, tracing: true, batchTasks: 1 })
    await resultsOf(await server.predict(Array.from({ length: 400 }, () => 'fine')))
    const { attributes } = await only('POST /predict')
    const pieces = Number(attributes['htx.pieces'])
    assert.ok(pieces > 1, `${pieces} pieces`)
    assert.equal(spans.all().filter(({ name }) => name === 'htx.model').length, Math.min(50, pieces))
  })

  it('tells which worker calls were lost, and that the tasks went again', async () => {
    server = await startServer('scripted.ts', { workers: 1, tracing: true })
    await resultsOf(await server.predict(['fine', 'exit']))
    const span = await only('POST /predict')
    const lost = spans.childrenOf(span).filter(({ name }) => name === 'htx.run')
    assert.equal(lost.length, 2)
    for (const { attributes, status } of lost) {
      assert.equal(attributes['htx.error.code'], 'HTX_WORKER_LOST')
      assert.equal(status.code, SpanStatusCode.ERROR)
    }
    assert.equal(span.attributes['htx.rejected'], 1)
    for (const child of spans.childrenOf(span)) assertWithin(child, span)
  })

  it('is an error when the server, or the model, is to blame', async () => {
    server = await startServer('scripted.ts', { workers: 1, tracing: true })
    assert.equal((await server.predict(['throw'])).status, 500)
    const { attributes, status } = await only('POST /predict')
    assert.equal(attributes['http.response.status_code'], 500)
    assert.equal(attributes['htx.error.code'], 'HTX_MODEL_FAILED')
    assert.equal(attributes['error.type'], 'HTX_MODEL_FAILED')
    assert.equal(status.code, SpanStatusCode.ERROR)
    assert.match(String(status.message), /no idea what to say/)
  })

  it('has the code, and is no error, when the caller is to blame', async () => {
    server = await startServer('scripted.ts', { workers: 1, tracing: true })
    assert.equal((await server.post('/predict', '{"tasks": 1}')).status, 400)
    const { attributes, status } = await only('POST /predict')
    assert.equal(attributes['http.response.status_code'], 400)
    assert.equal(attributes['htx.error.code'], 'HTX_REQUEST_INVALID')
    assert.equal(status.code, SpanStatusCode.UNSET)
  })

  it('ends when the client goes', async () => {
    server = await startServer('scripted.ts', { workers: 1, tracing: true })
    const controller = new AbortController()
    const body = JSON.stringify({ tasks: [{ data: { text: 'pause 60000' } }], label_config: labelConfig })
    const gone = fetch(`${server.url}/predict`, { method: 'POST', body, signal: controller.signal })
    await eventually(metrics, text => text.includes('htx_slots{state="busy"} 1'))
    controller.abort()
    await assert.rejects(gone)
    const { attributes } = await only('POST /predict')
    assert.equal(attributes['http.response.status_code'], 499)
    assert.equal(attributes['htx.error.code'], 'HTX_REQUEST_CANCELLED')
  })

  it('is not made when the caller does not record his', async () => {
    server = await startServer('scripted.ts', { workers: 1, tracing: true })
    await resultsOf(await server.predict(['fine'], { headers: { traceparent: `00-${traceId}-${callerId}-00` } }))
    await resultsOf(await server.predict(['fine']))
    const span = await only('POST /predict')
    assert.notEqual(span.spanContext().traceId, traceId)
  })

  it('is found by what else is traced in the process', () =>
    withTempDirectory(async modelsDir => {
      server = await startServer('scripted.ts')
      const model = new URL('../models/scripted.ts', import.meta.url)
      const other = await initModelServer({ model, modelsDir, workers: 1, tracing: true, logLevel: 'silent' })
      try {
        let active: string | undefined
        other.app.addHook('onSend', async () => {
          active = trace.getActiveSpan()?.spanContext().spanId
        })
        const url = await other.listen({ port: 0, host: '127.0.0.1' })
        const body = JSON.stringify({ tasks: [{ data: { text: 'fine' } }], label_config: labelConfig })
        await resultsOf(await fetch(`${url}/predict`, { method: 'POST', body }))
        assert.equal(active, (await only('POST /predict')).spanContext().spanId)
      } finally {
        await other.close()
      }
    }))
})

describe('the trace of a training', () => {
  const train = { annotations: [annotatedTask(0, 'great', 'Positive')], project: '12.1', label_config: labelConfig }

  it('is one of its own, with a link to the request that asked', async () => {
    server = await startServer('trainable.ts', { workers: 1, tracing: true })
    const { job } = (await (await server.post('/train', train, caller)).json()) as { job: string }
    const { state, version } = await untilOver(server, job)
    assert.equal(state, 'succeeded')
    const request = await only('POST /train')
    assert.equal(request.parentSpanContext?.spanId, callerId)
    assert.equal(request.attributes['htx.project'], '12')
    assert.equal(request.attributes['htx.tasks'], 1)
    const training = await only('htx.training')
    assert.equal(training.parentSpanContext, undefined)
    assert.notEqual(training.spanContext().traceId, traceId)
    assert.deepEqual(
      training.links.map(({ context: { traceId, spanId } }) => ({ traceId, spanId })),
      [{ traceId, spanId: request.spanContext().spanId }],
    )
    assert.deepEqual(training.attributes, {
      'htx.job': job,
      'htx.project': '12',
      'htx.job.attempt': 1,
      'htx.job.causes': ['POST /train'],
      'htx.job.state': 'succeeded',
      'htx.version': version,
    })
    const stages = spans.childrenOf(training)
    assert.deepEqual(names(stages), ['htx.training.collect', 'htx.training.process', 'htx.training.publish'])
    for (const stage of stages) assert.equal(stage.status.code, SpanStatusCode.UNSET)
  })

  it('says in which stage it failed, and why', async () => {
    server = await startServer('trainable.ts', { workers: 1, tracing: true, options: { training: 'throw' } })
    const { job } = (await (await server.post('/train', train)).json()) as { job: string }
    await untilOver(server, job)
    const training = await only('htx.training')
    const stages = spans.childrenOf(training)
    assert.deepEqual(names(stages), ['htx.training.collect', 'htx.training.process'])
    for (const { status, attributes } of [training, stages[1] as ReadableSpan]) {
      assert.equal(attributes['htx.error.code'], 'HTX_TRAINING_FAILED')
      assert.equal(status.code, SpanStatusCode.ERROR)
      assert.match(String(status.message), /the loss is not a number/)
    }
  })

  it('has a link to the event that was the last one needed', async () => {
    server = await startServer('trainable.ts', { workers: 1, tracing: true, trainEvery: 2, trainDebounceMs: 1 })
    const at = '2026-01-01T00:00:00Z'
    assert.equal((await server.post('/setup', { project: '12.1', schema: labelConfig })).status, 200)
    for (const id of [1, 2]) {
      const about = { task: id, annotation: id, text: 'great', choice: 'Positive', updatedAt: at }
      const event = { ...annotationEvent('ANNOTATION_CREATED', about), project: { id: 12 } }
      assert.equal((await server.post('/webhook', event)).status, 200)
    }
    const training = await only('htx.training')
    assert.equal((await only('POST /setup')).attributes['htx.project'], '12')
    const events = await spans.named('POST /webhook', 2)
    assert.equal(events[1]?.attributes['htx.action'], 'ANNOTATION_CREATED')
    assert.deepEqual(
      training.links.map(({ context }) => context.spanId),
      [events[1]?.spanContext().spanId],
    )
  })
})

it('a server that was not told to trace makes no spans', async () => {
  server = await startServer('scripted.ts', { workers: 1 })
  await resultsOf(await server.predict(['fine'], { headers: caller }))
  await server.close()
  assert.deepEqual(spans.all(), [])
})
