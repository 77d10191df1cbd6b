import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { type Exchange, recordings } from '../support/fixtures.ts'
import { eventually, startServer, type TestServer } from '../support/model-server.ts'

/** Jobs by the names that they have in the recording. */
type Jobs = Map<string, string>

const trained = /^\d{8}T\d{9}Z-/

describe('recorded trainings, against a server that really trains', () => {
  it('lives the life of a project of Label Studio 0.5.1', async () => {
    await replay('label-studio-0.5.1-with-pyheartex-0.0.8', 'conversation.json', async (exchange, ask, jobs) => {
      const { path, body = {}, response: recorded } = exchange
      // The recording has the bindings of another model for this config.
      if (path === '/validate' && recorded?.status === 422) return
      if (path === '/job_status' && statusOf(recorded) === 'finished') {
        const { answer } = await eventually(ask, ({ answer }) => answer.job_status === 'finished')
        const result = answer.result as Record<string, unknown>
        assert.equal(result.status, 'ok')
        assert.match(String(result.version), trained)
        assert.equal((result.resources as { trainedOn: number }).trainedOn > 0, true)
        assert.match(String(answer.created_at), /^\w{3}, \d\d \w{3} \d{4} \d\d:\d\d:\d\d GMT$/)
        return
      }
      const { status, answer, said } = await ask()
      assert.equal(status, recorded?.status, said)
      if (path === '/update' && body.retrain === true) jobs.set(recordedJob(recorded), String(answer.job))
      if (path === '/setup' && status === 200) assert.match(String(answer.model_version), trained)
      if (path === '/predict') assert.match(choiceOf(answer), /Positive/)
    })
  })

  it('lives the life of a project of Label Studio 0.7.1', async () => {
    let setups = 0
    await replay('label-studio-0.7.1', 'conversation.json', async ({ path, body = {}, response: recorded }, ask) => {
      if (path === '/setup') setups += 1
      // The server of the recording had a version from before; this one is not trained yet.
      if (setups < 3 && ['/setup', '/predict'].includes(path)) {
        assert.ok([200, 404].includes((await ask()).status))
        return
      }
      if (path.startsWith('/is_training')) {
        const { answer } = await eventually(ask, ({ answer }) => answer.is_training === false)
        assert.deepEqual(Object.keys(answer).sort(), ['backend', 'is_training', 'job_id', 'model_version'])
        return
      }
      const { status, answer, said } = await ask()
      assert.equal(status, recorded?.status, said)
      if (path === '/train' && (body.completions as unknown[]).length > 0) assert.equal(typeof answer.job, 'string')
      if (path === '/setup') assert.match(String(answer.model_version), trained)
      if (path === '/predict') assert.match(choiceOf(answer), /Positive|Negative/)
    })
  })

  it('lives the life of a project of Label Studio 1.0.2', async () => {
    let job = ''
    let isTrained = false
    await replay('label-studio-1.0.2', 'requests.json', async ({ path }, ask, _jobs, server) => {
      const { status, answer, said } = await ask()
      if (path === '/train') {
        assert.equal(status, 201, said)
        job = String(answer.job)
        await eventually(
          async () => (await (await server.post('/job_status', { job })).json()) as Record<string, unknown>,
          ({ job_status: state }) => state === 'finished',
        )
        isTrained = true
      } else if (path === '/job_status') assert.equal(status, 410, said)
      else assert.equal(status, 200, said)
      if (path === '/setup' && isTrained) assert.match(String(answer.model_version), trained)
      if (path === '/predict' && isTrained) assert.match(choiceOf(answer), /Positive|Negative/)
    })
  })
})

interface Asked {
  readonly status: number
  readonly answer: Record<string, unknown>
  readonly said: string
}

async function replay(
  generation: string,
  file: string,
  check: (exchange: Exchange, ask: () => Promise<Asked>, jobs: Jobs, server: TestServer) => Promise<void>,
): Promise<void> {
  const server = await startServer('trainable.ts', { workers: 1 })
  const jobs: Jobs = new Map()
  try {
    for (const exchange of recordings(generation).get(file) ?? []) {
      await check(exchange, () => send(exchange, jobs, server), jobs, server)
    }
  } finally {
    await server.close()
  }
}

async function send({ method, path, headers, body = {} }: Exchange, jobs: Jobs, server: TestServer): Promise<Asked> {
  const job = jobs.get(String(body.job))
  const response = await fetch(server.url + path, {
    method,
    headers: {
      'user-agent': headers['user-agent'] ?? '',
      ...(method === 'POST' ? { 'content-type': 'application/json' } : {}),
    },
    ...(method === 'POST' ? { body: JSON.stringify(job === undefined ? body : { ...body, job }) } : {}),
  })
  const text = await response.text()
  return {
    status: response.status,
    answer: JSON.parse(text),
    said: `${method} ${path} answered ${response.status} ${text}`,
  }
}

function statusOf(recorded: Exchange['response']): unknown {
  return (recorded?.body as { job_status?: unknown } | undefined)?.job_status
}

function recordedJob(recorded: Exchange['response']): string {
  return String((recorded?.body as { job?: unknown } | undefined)?.job)
}

function choiceOf(answer: Record<string, unknown>): string {
  const [first] = answer.results as { result: { value: { choices: string[] } }[] }[]
  return first?.result[0]?.value.choices[0] ?? `nothing in ${JSON.stringify(answer)}`
}
