import assert from 'node:assert/strict'
import { afterEach, beforeEach, describe, it } from 'node:test'
import { type LabelStudioApi, type StoredTask, startLabelStudioApi } from '../support/label-studio-api.ts'
import { labelConfig, resultsOf, startServer, type TestServer } from '../support/model-server.ts'
import { annotatedTask, annotationEvent, type JobView, untilOver } from '../support/training.ts'

let api: LabelStudioApi
let server: TestServer

beforeEach(async () => {
  api = await startLabelStudioApi()
  server = await startServer('trainable.ts', { workers: 1, labelStudio: { url: api.url, apiKey: api.token } })
})
afterEach(async () => {
  await server.close()
  await api.close()
})

function stored(id: number, text: string, choice: string, more: object = {}): StoredTask {
  return { ...annotatedTask(id, text, choice, more), predictions: [] }
}

/** The train button of Label Studio ≥ 1.13: it says nothing but which project. */
async function press(): Promise<JobView> {
  const response = await server.post('/webhook', {
    action: 'START_TRAINING',
    project: { id: 12, label_config: labelConfig },
  })
  assert.equal(response.status, 201)
  return untilOver(server, ((await response.json()) as { job: string }).job)
}

describe('the train button', () => {
  it('trains on the annotated tasks of all pages, through answers that pass', async () => {
    api.tasks = Array.from({ length: 250 }, (_, id) => stored(id, `word${id} film`, 'Positive'))
    let broken = 2
    api.before = (page, response) => {
      if (page !== 2 || broken === 0) return
      broken -= 1
      response.writeHead(broken === 1 ? 429 : 502, { 'retry-after': '0' }).end('later')
    }
    const job = await press()
    assert.equal(job.state, 'succeeded', JSON.stringify(job))
    assert.equal(job.itemCount, 250)
    assert.deepEqual(api.pages, [1, 2, 2, 2, 3])
    assert.deepEqual(
      job.causes.map(({ by }) => by),
      ['Label Studio: START_TRAINING'],
    )
    const { results, model_version } = await resultsOf(await server.predict(['word249 play']))
    assert.equal(model_version, job.version)
    assert.match(JSON.stringify(results), /"Positive"/)
  })

  it('forgets annotations that are not there any more, and takes changed ones', async () => {
    api.tasks = [stored(1, 'great film', 'Positive'), stored(2, 'awful film', 'Negative')]
    assert.equal((await press()).itemCount, 2)
    api.tasks = [stored(1, 'great film', 'Negative', { updated_at: '2026-03-02T09:00:00Z' })]
    assert.equal((await press()).itemCount, 1)
    assert.match(JSON.stringify(await resultsOf(await server.predict(['great play']))), /"Negative"/)
  })

  it('trains on what events brought when Label Studio refuses, and says so in the log', async () => {
    const at = { task: 1, annotation: 7, text: 'great film', choice: 'Positive', updatedAt: '2026-03-01T09:00:00Z' }
    await server.post('/webhook', { ...annotationEvent('ANNOTATION_CREATED', at), project: { id: 12 } })
    api.before = (_, response) => void response.writeHead(403).end('{}')
    const job = await press()
    assert.equal(job.state, 'succeeded', JSON.stringify(job))
    assert.equal(job.itemCount, 1)
    assert.match(job.logTail.join('\n'), /could not be fetched: .*403.*LABEL_STUDIO_API_KEY/)
  })

  it('fails when the listing breaks off and nothing was known: its first pages are no training set', async () => {
    api.tasks = Array.from({ length: 250 }, (_, id) => stored(id, `word${id} film`, 'Positive'))
    api.before = (page, response) => {
      if (page === 3) response.writeHead(403).end('{}')
    }
    const job = await press()
    assert.equal(job.state, 'failed')
    assert.equal(job.error?.code, 'HTX_LABEL_STUDIO_REFUSED')
  })

  it('fails with the reason when Label Studio refuses and nothing is known', async () => {
    api.before = (_, response) => void response.writeHead(401).end('{}')
    const job = await press()
    assert.equal(job.state, 'failed')
    assert.equal(job.error?.code, 'HTX_LABEL_STUDIO_REFUSED')
    assert.match(job.error?.message ?? '', /answered 401 .*Set LABEL_STUDIO_API_KEY/)
  })
})
