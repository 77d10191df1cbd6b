import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { labelConfig, startServer, type TestServer } from '../support/model-server.ts'
import { annotatedTask } from '../support/training.ts'

// What cannot be made a text.
const nothing = { toString: null, valueOf: null }

describe('bodies whose fields are what nobody expects', () => {
  let server: TestServer
  before(async () => {
    server = await startServer('trainable.ts')
  })
  after(() => server.close())

  it('name no job when their job is no id', async () => {
    for (const job of [nothing, [nothing], { id: 1 }, null, 12, 'x'.repeat(1_000_000)]) {
      const response = await server.post('/job_status', { job })
      assert.equal(response.status, 410)
      const { code, message } = (await response.json()) as { code: string; message: string }
      assert.equal(code, 'HTX_JOB_NOT_FOUND')
      assert.ok(message.length < 1_000)
    }
  })

  it('leave an annotation out whose task is no id', async () => {
    const { annotations, ...task } = annotatedTask(1, 'good', 'Positive')
    const tasks = [task, { ...task, id: 2 }]
    const events = annotations.map(annotation => ({ ...annotation, task: nothing }))
    const body = { action: 'ANNOTATIONS_CREATED', project: { id: 12 }, task: tasks, annotation: events }
    const response = await server.post('/webhook', body)
    assert.deepEqual([response.status, ((await response.json()) as { changes: number }).changes], [200, 0])
  })

  it('name a project that can be a directory, whatever number it is', async () => {
    for (const project of [-5, 1e21, 12.5]) {
      const task = annotatedTask(1, 'good', 'Positive')
      const trained = await server.post('/train', { project, label_config: labelConfig, annotations: [task] })
      assert.equal(trained.status, 201)
      assert.equal((await server.post('/delete', { project })).status, 200)
    }
  })

  it('are refused when they are nested deeper than what is done with them can go', async () => {
    const deep = `${'{"a":'.repeat(10_000)}1${'}'.repeat(10_000)}`
    const task = `{"id":1,"data":{"text":"a"},"meta":${deep}}`
    for (const [path, body] of [
      [
        '/webhook',
        `{"action":"ANNOTATION_CREATED","project":{"id":12},"task":${task},"annotation":{"id":1,"result":[]}}`,
      ],
      ['/train', `{"project":"12","annotations":[{"data":${deep}}]}`],
      ['/update', `{"project":"12","data":${deep},"result":[]}`],
      ['/setup', `{"project":"12","extra_params":${deep}}`],
      ['/api/jobs', `{"project":"12","params":${deep}}`],
    ] as const) {
      const response = await server.post(path, body)
      assert.equal(response.status, 400, path)
      assert.equal(((await response.json()) as { code: string }).code, 'HTX_REQUEST_INVALID')
    }
  })

  it('have keys of any length, and get a short answer', async () => {
    const key = 'k'.repeat(1_000_000)
    for (const [path, body] of [
      ['/predict', { project: { [key]: 1 }, tasks: [] }],
      ['/setup', { project: { [key]: 1 } }],
    ] as const) {
      const response = await server.post(path, body)
      assert.equal(response.status, 400)
      assert.ok((await response.text()).length < 2_000, path)
    }
  })

  it('may as well be queries: no number is without an end', async () => {
    for (const limit of ['1e400', '-Infinity', '1e3.', '0x10', '1001']) {
      const response = await fetch(`${server.url}/api/jobs?limit=${limit}`)
      const { code } = (await response.json()) as { code?: string }
      assert.ok(limit === '0x10' ? response.ok : code === 'HTX_REQUEST_INVALID', `${limit}: ${response.status}`)
    }
  })

  it('hold a config whose controls all show one long text, and get a short answer', async () => {
    const long = 'x'.repeat(500_000)
    const controls = Array.from({ length: 9_000 }, (_, place) => `<Choices name="c${place}" toName="b"/>`).join('')
    const config = `<View><Text name="b" value="$${long}"/>${controls}</View>`
    const response = await server.post('/validate', { config })
    assert.equal(response.status, 422)
    assert.equal(((await response.json()) as { code: string }).code, 'HTX_LABEL_CONFIG_UNFIT')
  })
})
