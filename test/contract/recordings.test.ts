import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { type Exchange, generations, recordings } from '../support/fixtures.ts'
import { startServer, type TestServer } from '../support/model-server.ts'

const trainingRoutes = ['/train', '/update', '/job_status', '/delete', '/duplicate_model']

describe('recorded traffic of every generation of Label Studio', () => {
  let server: TestServer
  before(async () => {
    server = await startServer('anything.ts')
  })
  after(() => server.close())

  for (const generation of generations) {
    for (const [file, exchanges] of recordings(generation)) {
      it(`answers ${generation}/${file} as its client reads it`, async () => {
        for (const exchange of exchanges) await replay(exchange, server)
      })
    }
  }
})

async function replay(exchange: Exchange, server: TestServer): Promise<void> {
  const { method, path, headers, body = {} } = exchange
  const { 'user-agent': agent = '', 'content-type': type = 'application/json' } = headers
  const response = await fetch(server.url + path, {
    method,
    headers: { 'user-agent': agent, ...(method === 'POST' ? { 'content-type': type } : {}) },
    ...(method === 'POST' ? { body: JSON.stringify(body) } : {}),
  })
  const answer = (await response.json()) as Record<string, unknown>
  const said = `${method} ${path} answered ${response.status} ${JSON.stringify(answer).slice(0, 400)}`
  const route = path.split('?')[0] as string
  if (route === '/health') {
    assert.equal(answer.status, 'UP', said)
    assert.equal(typeof answer.model_dir, 'string', said)
  } else if (route === '/setup') {
    assert.equal(response.status, 200, said)
    assert.equal(answer.model_version, 'initial', said)
  } else if (route === '/validate') checkValidate(response, answer, exchange, said)
  else if (route === '/predict') checkPredict(response, answer, exchange, said)
  else if (route === '/versions') assert.deepEqual(answer.versions, ['initial'], said)
  else if (route === '/is_training') assert.equal(answer.is_training, false, said)
  else if (route === '/webhook') assert.equal(response.status, body.action === 'START_TRAINING' ? 501 : 200, said)
  else {
    assert.ok(trainingRoutes.includes(route), said)
    checkTraining(route, response, answer, body, said)
  }
}

/** This model has no train function: what asks for a training is refused, the rest is let pass. */
function checkTraining(
  route: string,
  response: Response,
  answer: Record<string, unknown>,
  body: Record<string, unknown>,
  said: string,
): void {
  if (route === '/job_status') assert.equal(response.status, 410, said)
  else if (route === '/duplicate_model') assert.equal(response.status, 404, said)
  else if (route === '/train' || body.retrain === true) assert.equal(answer.code, 'HTX_NOT_TRAINABLE', said)
  else assert.deepEqual([response.status, answer], [200, {}], said)
}

/** This model fills Choices over anything, so the recorded 422 is another model's. */
function checkValidate(response: Response, answer: unknown, { response: recorded }: Exchange, said: string): void {
  assert.equal(response.status, 200, said)
  const [schema] = answer as Record<string, unknown>[]
  if (recorded?.status === 200) assert.deepEqual({ ...(recorded.body as object[])[0] }, { ...schema }, said)
}

function checkPredict(
  response: Response,
  answer: Record<string, unknown>,
  { body = {}, headers }: Exchange,
  said: string,
): void {
  assert.equal(response.status, 200, said)
  const results = answer.results as Record<string, unknown>[]
  assert.equal(results.length, (body.tasks as unknown[]).length, said)
  for (const result of results) {
    assert.ok(Array.isArray(result.result), `${headers['user-agent']} reads a dict with result: ${said}`)
    assert.equal(result.model_version, 'initial', said)
    assert.ok((result.result as unknown[]).length > 0, said)
  }
}
