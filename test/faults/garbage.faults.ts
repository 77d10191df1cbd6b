import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { isLong, type Served, serve } from './support/served.ts'
import { describe as tell, underLoad } from './support/steady-load.ts'

const times = isLong ? 25 : 3

/** What a wrong `predict` may return for a task, and what comes of it. */
const garbage: Readonly<Record<string, 'failed' | 'nothing' | 'answered'>> = {
  'return-nothing': 'failed',
  'return-object': 'failed',
  'return-too-few': 'failed',
  'return-too-many': 'failed',
  getter: 'failed',
  proxy: 'failed',
  circular: 'nothing',
  bigint: 'nothing',
  function: 'nothing',
  nan: 'nothing',
  infinity: 'nothing',
  number: 'nothing',
  text: 'nothing',
  'to-json': 'nothing',
  'deep 100000': 'nothing',
  'deep 100': 'answered',
  'huge 16': 'answered',
  'many 20000': 'answered',
}

describe('garbage from a model under load', () => {
  let server: Served
  before(async () => {
    server = await serve()
  })
  after(() => server[Symbol.asyncDispose]())

  for (const [command, outcome] of Object.entries(garbage)) {
    it(`answers all others right when predict gives «${command}» for a task, which is ${outcome}`, async t => {
      const tally = await underLoad({ url: server.url }, async () => {
        for (let time = 0; time < times; time += 1) {
          const { status, text } = await server.ask(command)
          if (outcome === 'failed') {
            assert.equal(status, 500, text.slice(0, 200))
            assert.match(text, /HTX_MODEL_FAILED/)
            continue
          }
          assert.equal(status, 200, text.slice(0, 200))
          const { results } = JSON.parse(text) as { results: unknown[] }
          if (outcome === 'nothing') assert.deepEqual(results, [[]])
          else assert.equal(results.length, 1)
        }
      })
      t.diagnostic(tell(tally))
      assert.equal(tally.refused.size, 0)
    })
  }

  it('has lost no worker over it', async () => {
    const metrics = await (await fetch(`${server.url}/metrics`)).text()
    assert.doesNotMatch(metrics, /event="slot-lost"/)
  })
})
