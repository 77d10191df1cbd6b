import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { labelConfig, resultsOf, startServer, type TestServer } from '../support/model-server.ts'

const good = (result: unknown) => (result as { result?: { type: string }[] }).result?.[0]?.type === 'choices'

describe('POST /predict', () => {
  let server: TestServer
  before(async () => {
    server = await startServer('scripted.ts')
  })
  after(() => server.close())

  it('answers one result per task, in order, each with its model version', async () => {
    const { results, model_version } = await resultsOf(
      await server.predict(Array.from({ length: 500 }, (_, i) => (i % 3 === 0 ? 'none' : 'fine'))),
    )
    assert.equal(results.length, 500)
    assert.equal(model_version, 'initial')
    for (const [place, result] of results.entries()) {
      if (place % 3 === 0) assert.deepEqual(result, [])
      else assert.equal((result as { model_version: string }).model_version, 'initial')
    }
  })

  it('lets a bad prediction cost only its own task', async () => {
    const { results } = await resultsOf(await server.predict(['fine', 'bad', 'nan', 'bigint', 'fine']))
    assert.deepEqual(results.map(good), [true, false, false, false, true])
    assert.deepEqual(results.slice(1, 4), [[], [], []])
  })

  it('asks task by task when the model throws for a batch, so that one task does not take the others with it', async () => {
    const { results } = await resultsOf(await server.predict(['fine', 'throw', 'fine']))
    assert.deepEqual(results.map(good), [true, false, true])
  })

  it('says why when the model throws for every task', async () => {
    const response = await server.predict(['throw'])
    assert.equal(response.status, 500)
    assert.match(response.statusText, /no idea what to say/)
    assert.equal(((await response.json()) as { code: string }).code, 'HTX_MODEL_FAILED')
  })

  it('leaves out a task without the data that the model reads', async () => {
    const tasks = [
      { id: 1, data: { other: 'x' } },
      { id: 2, data: { text: 'fine' } },
    ]
    const { results } = await resultsOf(
      await server.post('/predict', { tasks, project: '1', label_config: labelConfig }),
    )
    assert.deepEqual(results[0], [])
    assert.ok(good(results[1]))
  })

  it('gives each generation the shape that it reads', async () => {
    const shapes: [string, unknown[]][] = [
      ['heartex/1.23.2', ['list of 2', '[]']],
      ['heartex/1.13.1', ['list of 2', '[]']],
      ['heartex/1.8.2', ['best', '[]']],
      ['heartex/1.0.2', ['best', 'empty dict']],
      ['label-studio/0.7.1', ['best', 'empty dict']],
    ]
    for (const [agent, expected] of shapes) {
      const { results } = await resultsOf(
        await server.predict(['several', 'none'], { headers: { 'user-agent': agent } }),
      )
      const seen = results.map(result => {
        if (Array.isArray(result)) return result.length === 0 ? '[]' : `list of ${result.length}`
        const { result: regions, score } = result as { result: unknown[]; score?: number }
        return regions.length === 0 ? 'empty dict' : score === 0.9 ? 'best' : 'another'
      })
      assert.deepEqual(seen, expected, agent)
    }
  })

  it('answers an interactive request with a dict, whatever the model says', async () => {
    const { results } = await resultsOf(await server.predict(['none'], { params: { context: { result: [] } } }))
    assert.deepEqual(results, [{ result: [] }])
  })

  it('tells a person who waits why there is nothing, and leaves it out of a batch', async () => {
    const wrong: [string, number, RegExp][] = [
      ['throw', 500, /predict threw for task 0: no idea what to say/],
      ['bad', 500, /task 0: .*choices.*expected a list/],
      ['bigint', 500, /JSON can hold/],
    ]
    for (const [text, status, reason] of wrong) {
      const response = await server.predict([text], { params: { context: { result: [] } } })
      assert.equal(response.status, status, text)
      assert.match(response.statusText, reason)
    }
    assert.equal((await server.predict(['bad'])).status, 200)
  })

  it('answers an empty list of tasks with an empty list', async () => {
    assert.deepEqual((await resultsOf(await server.predict([]))).results, [])
  })

  const wrong: [string, string, number, RegExp][] = [
    ['no JSON', 'tasks=1', 400, /must be JSON/],
    ['a cut body', '{"tasks": [{"id": 1, "data": {"te', 400, /must be JSON/],
    ['no tasks', '{"project": "1"}', 400, /list "tasks"/],
    ['tasks that are no list', '{"tasks": {"id": 1}}', 400, /a list "tasks"/],
    ['a task without data', JSON.stringify({ tasks: [{ id: 1 }], label_config: labelConfig }), 400, /data/],
    ['a task that is no JSON', '{"tasks": [{"id": 1, data: 2}], "label_config": "x"}', 400, /must be JSON/],
    ['no label config', '{"tasks": [{"data": {"text": "a"}}]}', 400, /label_config/],
    [
      'a broken label config',
      JSON.stringify({ tasks: [{ data: { text: 'a' } }], label_config: '<View><Text' }),
      422,
      /line 1/,
    ],
    [
      'a config that does not fit',
      JSON.stringify({ tasks: [{ data: {} }], label_config: '<View/>' }),
      422,
      /wants Choices over Text/,
    ],
    ['an empty body', '', 400, /empty/],
  ]
  for (const [what, body, status, message] of wrong) {
    it(`refuses ${what} with a reason`, async () => {
      const response = await server.post('/predict', body)
      const answer = (await response.json()) as { message: string }
      assert.equal(response.status, status, answer.message)
      assert.match(answer.message, message)
      assert.match(response.statusText, message)
    })
  }

  it('lets a request that is wrong cost none of those that it shares a run with', async () => {
    const config = JSON.stringify(labelConfig)
    const good = `{"tasks": [{"data": {"text": "fine"}}], "label_config": ${config}}`
    const bad = `{"tasks": [{"data": 12}], "label_config": ${config}}`
    const bodies = Array.from({ length: 60 }, (_, place) => (place % 3 === 0 ? bad : good))
    const statuses = await Promise.all(bodies.map(async body => (await server.post('/predict', body)).status))
    assert.deepEqual(
      statuses,
      bodies.map(body => (body === bad ? 400 : 200)),
    )
  })

  it('finds the tasks in any spelling of the body', async () => {
    const config = JSON.stringify(labelConfig)
    const bodies = [
      `{ "tasks" : [ {"data": {"text": "a, ] \\" } \\\\"}} , {"data":{"text":"fine"}} ] , "label_config": ${config} }`,
      `{"label_config": ${config}, "t\\u0061sks": [{"data":{"text":"1"}},{"data":{"text":"2"}}]}`,
      `{"tasks": [1,2,3], "label_config": ${config}, "tasks": [{"data":{"text":"1"}},{"data":{"text":"2"}}]}`,
      `\n{"params":{"a":[[],{}]},"label_config": ${config},"tasks":[{"data":{"text":"😀"}},\t{"data":{"text":"]"}}]}\n`,
    ]
    for (const body of bodies)
      assert.equal((await resultsOf(await server.post('/predict', body))).results.length, 2, body)
  })
})

describe('a model that needs training', () => {
  it('can be connected and says nothing of any task until its first version', async () => {
    const server = await startServer('needs-training.ts')
    try {
      const setup = await server.post(
        '/setup',
        { project: '1.1', schema: labelConfig },
        { 'user-agent': 'heartex/1.23.2' },
      )
      assert.deepEqual(await setup.json(), { model_version: null })
      assert.deepEqual((await resultsOf(await server.predict(['a', 'b']))).results, [[], []])
      const old = await server.post(
        '/setup',
        { project: '1', schema: labelConfig },
        { 'user-agent': 'label-studio/0.7.1' },
      )
      assert.equal(old.status, 404)
    } finally {
      await server.close()
    }
  })
})
