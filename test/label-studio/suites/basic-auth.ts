import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { listJobs } from '../../support/training.ts'
import { type Backend, startBackend } from '../support/backend.ts'
import { poll } from '../support/poll.ts'
import type { Running } from '../support/suite.ts'

const labelConfig =
  '<View><Text name="text" value="$text"/><Choices name="topic" toName="text"><Choice value="sport"/><Choice value="food"/></Choices></View>'
const sport = { from_name: 'topic', to_name: 'text', type: 'choices', value: { choices: ['sport'] } }
const credentials = { user: 'ann', password: 'a secret' }
const authorization = `Basic ${btoa(`${credentials.user}:${credentials.password}`)}`

/** Label Studio sends the credentials of a backend with every request but the events. */
export function basicAuth(running: () => Running): void {
  describe('a backend with Basic auth', () => {
    let backend: Backend
    let project: number
    let task: number
    before(async () => {
      const { api } = running()
      backend = await startBackend(running(), {
        model: 'examples/text-classification/model.ts',
        arguments: ['--train-every', '1', '--debounce', '0.2', '--log-format', 'json'],
        environment: { BASIC_AUTH_USER: credentials.user, BASIC_AUTH_PASS: credentials.password },
      })
      project = (await api.createProject('Basic auth', labelConfig)).id
      task = (await api.importTasks(project, [{ text: 'the goal in the last minute' }]))[0] ?? 0
    })
    after(() => backend?.close())

    it('is not connected without credentials, and the dialog says so', async () => {
      const { api } = running()
      await assert.rejects(api.connect(project, backend.url), /authentication parameters were .*not provided/)
    })

    it('predicts with them', async () => {
      const { api } = running()
      const { user: basic_auth_user, password: basic_auth_pass } = credentials
      await api.connect(project, backend.url, { auth_method: 'BASIC_AUTH', basic_auth_user, basic_auth_pass })
      await api.retrievePredictions(project)
      assert.equal((await api.tasks(project))[0]?.predictions.length, 1)
    })

    it('gives the webhook, which Label Studio makes without any, credentials for its events', async () => {
      const { api } = running()
      const [webhook] = await poll(
        () => api.webhooks(project),
        ([made]) => made?.headers.Authorization !== undefined,
      )
      assert.equal(webhook?.url, `${backend.url}/webhook`)
      assert.match(webhook.headers.Authorization ?? '', /^Bearer \S{43}$/)
      await api.annotate(task, [sport])
      await poll(
        () => listJobs(backend, undefined, { authorization }),
        jobs => jobs.length > 0,
      )
    })

    it('refuses events without them', async () => {
      const { api } = running()
      const [webhook] = await api.webhooks(project)
      await api.changeWebhook(webhook?.id ?? 0, { headers: {} })
      await api.annotate(task, [sport])
      await backend.program.says(/HTX_CREDENTIALS_INVALID[^\n]*"route":"\/webhook"/)
    })
  })
}
