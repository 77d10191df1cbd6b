import assert from 'node:assert/strict'
import type { ServerResponse } from 'node:http'
import { describe, it } from 'node:test'
import { type LabelStudioApi, startLabelStudioApi } from '../support/label-studio-api.ts'
import { labelConfig } from '../support/model-server.ts'
import { annotatedTask, type JobView, untilJob, untilOver } from '../support/training.ts'
import { isLong, type Served } from './support/served.ts'
import { describe as tell, underLoad } from './support/steady-load.ts'
import { post, sendEvent, serveTrained } from './support/trained.ts'

async function withLabelStudio(work: (server: Served, api: LabelStudioApi) => Promise<void>): Promise<void> {
  await using api = await startLabelStudioApi()
  api.tasks = Array.from({ length: 250 }, (_, id) => ({ ...annotatedTask(id, 'a film', 'Positive'), predictions: [] }))
  await using server = await serveTrained({
    flags: ['--label-studio-url', api.url, '--label-studio-api-key', api.token],
  })
  await work(server, api)
}

/** The train button: annotations are fetched. @returns the id of the job */
async function press(server: Served): Promise<string> {
  const body = { action: 'START_TRAINING', project: { id: 12, label_config: labelConfig } }
  const response = await post(server, '/webhook', body)
  assert.equal(response.status, 201)
  return ((await response.json()) as { job: string }).job
}

async function expectTrained(server: Served, job: string, itemCount = 250): Promise<JobView> {
  const over = await untilOver(server, job, 120_000)
  assert.equal(over.state, 'succeeded', JSON.stringify(over))
  assert.equal(over.itemCount, itemCount)
  return over
}

const login = '<!doctype html><html><body><form action="/user/login">'

/** Answers that no waiting mends. */
const final: readonly [what: string, status: number, type: string, body: string, words: RegExp][] = [
  ['401', 401, 'application/json', '{"detail":"Invalid token."}', /answered 401.*Invalid token.*LABEL_STUDIO_API_KEY/],
  ['403 of a proxy, in HTML', 403, 'text/html', '<h1>Forbidden</h1>', /answered 403.*LABEL_STUDIO_API_KEY/],
  ['a page to log in, with 200', 200, 'text/html', login, /Label Studio/],
  ['half of its JSON', 200, 'application/json', '{"tasks":[{"id":1,', /Label Studio/],
  ['JSON of something else', 200, 'application/json', '{"tasks":"many"}', /tasks/],
  ['nothing', 200, 'application/json', '', /Label Studio/],
  ['a list in place of an object', 200, 'application/json', '[[[]]]', /Label Studio|tasks/],
]

describe('a Label Studio in trouble while annotations are fetched, beside a steady load', () => {
  it('fails jobs with words when it answers what cannot be used; when it is well all is fetched', t =>
    withLabelStudio(async (server, api) => {
      const tally = await underLoad({ url: server.url }, async () => {
        const pressIn = async (troubledPage: number, [, status, type, body]: (typeof final)[number]) => {
          api.before = (page, response) => {
            if (page === troubledPage) response.writeHead(status, { 'content-type': type }).end(body)
          }
          return untilOver(server, await press(server), 60_000)
        }
        for (const trouble of final) {
          const [what, , , , words] = trouble
          const { state, error } = await pressIn(1, trouble)
          assert.equal(state, 'failed', what)
          assert.match(error?.code ?? '', /^HTX_LABEL_STUDIO_/, what)
          assert.match(error?.message ?? '', words, what)
        }
        api.before = () => {}
        await expectTrained(server, await press(server))
        // What was known is as good as before: the training goes on with it, and its log says so.
        for (const trouble of final) {
          const [what, , , , words] = trouble
          const { state, itemCount, logTail } = await pressIn(2, trouble)
          assert.deepEqual([state, itemCount], ['succeeded', 250], what)
          const log = logTail.join('\n')
          assert.match(log, /could not be fetched/, what)
          assert.match(log, words, what)
        }
        api.before = () => {}
        await expectTrained(server, await press(server))
      })
      t.diagnostic(tell(tally))
      assert.equal(tally.refused.size, 0)
    }))

  it('is asked again when it is overloaded, restarts or hangs up, and no annotation is missing', t =>
    withLabelStudio(async (server, api) => {
      const troubles: ((response: ServerResponse) => unknown)[] = [
        response => response.writeHead(429, { 'retry-after': '1' }).end('slow down'),
        response => response.writeHead(500).end('<h1>Server Error (500)</h1>'),
        response => response.destroy(),
        response => {
          response.writeHead(200, { 'content-type': 'application/json', 'content-length': '1000' })
          response.write('{"tasks":[', () => response.destroy())
        },
        response => response.writeHead(502).end(),
      ]
      let at = 0
      api.before = (page, response) => {
        const trouble = page === undefined ? undefined : troubles[at]
        at += 1
        trouble?.(response)
      }
      const tally = await underLoad({ url: server.url }, async () => {
        await expectTrained(server, await press(server))
      })
      t.diagnostic(tell(tally))
      assert.equal(tally.refused.size, 0)
    }))

  it('may be silent or drip for ever: the job is cancelled at once, and events come in meanwhile', t =>
    withLabelStudio(async (server, api) => {
      const ways: ((response: ServerResponse) => unknown)[] = [
        () => {},
        response => {
          response.writeHead(200, { 'content-type': 'application/json' })
          const timer = setInterval(() => response.write(' '), 20)
          response.on('close', () => clearInterval(timer))
        },
      ]
      const tally = await underLoad({ url: server.url }, async load => {
        for (const way of ways) {
          const asked = new Promise<void>(resolve => {
            api.before = (page, response) => {
              if (page === undefined) return
              way(response)
              resolve()
              return new Promise(() => {})
            }
          })
          const job = await press(server)
          await asked
          assert.equal((await sendEvent(server, 1)).status, 200)
          await load.goesOn(200)
          await untilJob(server, job, ({ state }) => state === 'running')
          const cancelled = await post(server, `/api/jobs/${job}/cancel`, {})
          assert.equal(((await cancelled.json()) as JobView).state, 'cancelled')
        }
        api.before = () => {}
        await expectTrained(server, await press(server))
      })
      t.diagnostic(tell(tally))
      assert.equal(tally.refused.size, 0)
    }))

  it(
    'that stays away fails the job after some attempts, and says where it looked',
    { skip: !isLong && 'long form only' },
    t =>
      withLabelStudio(async (server, api) => {
        const tally = await underLoad({ url: server.url }, async () => {
          await api.close()
          const over = await untilOver(server, await press(server), 300_000)
          assert.equal(over.error?.code, 'HTX_LABEL_STUDIO_UNREACHABLE')
          assert.match(over.error?.message ?? '', /Is LABEL_STUDIO_URL the address/)
          // With what events brought it trains all the same.
          await sendEvent(server, 1, 'a film', 12)
          await expectTrained(server, await press(server), 1)
        })
        t.diagnostic(tell(tally))
        assert.equal(tally.refused.size, 0)
      }),
  )
})
