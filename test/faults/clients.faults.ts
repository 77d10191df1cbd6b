import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import { eventually } from '../support/model-server.ts'
import { openRawClient, type RawClient, rawRequest } from './support/raw-client.ts'
import { bodyOf, isLong, onBun, type Served, serve } from './support/served.ts'
import { describe as tell, underLoad } from './support/steady-load.ts'

/** Longest that a connection may live whose request does not come to an end: 120 s, and Node looks every 30 s. Milliseconds. */
const patienceMs = 200_000

describe('clients that do as they please, beside a steady load', () => {
  let server: Served
  before(async () => {
    server = await serve()
  })
  after(() => server[Symbol.asyncDispose]())

  const request = rawRequest(bodyOf('pause 20 whatever'))
  const hangUps: Readonly<Record<string, (client: RawClient) => unknown>> = {
    'before they said anything': () => {},
    'within the head': ({ socket }) => socket.write(request.slice(0, 40)),
    'within the body': ({ socket }) => socket.write(request.slice(0, -20)),
    'before their answer': ({ socket }) => socket.write(request),
    'within a chunk': ({ socket }) =>
      socket.write('POST /predict HTTP/1.1\r\nhost: localhost\r\ntransfer-encoding: chunked\r\n\r\nff\r\n{"tas'),
  }
  for (const [when, act] of Object.entries(hangUps)) {
    it(`answers all others right when clients hang up ${when}`, async t => {
      const tally = await underLoad({ url: server.url }, async () => {
        for (let client = 0; client < (isLong ? 1_000 : 100); client += 1) {
          const raw = await openRawClient(server.url)
          act(raw)
          if (client % 2 === 0) raw.socket.resetAndDestroy()
          else raw.socket.end().destroySoon()
        }
      })
      t.diagnostic(tell(tally))
      assert.equal(tally.refused.size, 0)
      await eventually(server.readyz, ({ waitingTasks }) => waitingTasks === 0)
    })
  }

  it('answers requests of one connection in their order, when they all come at once', async t => {
    const count = 50
    const texts = Array.from(
      { length: count },
      (_, place) => `${place % 5 === 0 ? 'pause 20' : 'echo -'} pipelined-${place}`,
    )
    const tally = await underLoad({ url: server.url }, async () => {
      const client = await openRawClient(server.url)
      client.socket.write(texts.map(text => rawRequest(bodyOf(text))).join(''))
      const answers = await client.answers(count)
      client.socket.destroy()
      for (const [place, answer] of answers.entries()) {
        assert.match(answer, /^HTTP\/1\.1 200/)
        assert.ok(answer.includes(`"echo":"${texts[place]}"`), `answer ${place}: ${answer}`)
      }
    })
    t.diagnostic(tell(tally))
  })

  it('ends connections whose requests do not come to an end', {
    skip: isLong ? false : 'takes minutes: long form only',
  }, async t => {
    const slow: Readonly<Record<string, { head: string; drip: string }>> = {
      'slow head': { head: 'POST /predict HTTP/1.1\r\nhost: localhost\r\nx-slow: ', drip: 'x' },
      'slow body': { head: request.slice(0, request.indexOf('{')), drip: ' ' },
      'silent body': { head: request.slice(0, -20), drip: '' },
    }
    const tally = await underLoad({ url: server.url, pauseMs: 200 }, async () => {
      const endedAfter = await Promise.all(
        Object.entries(slow).map(async ([name, { head, drip }]) => {
          const client = await openRawClient(server.url)
          const startedAt = performance.now()
          client.socket.write(head)
          const dripping = setInterval(() => client.socket.write(drip), 1_000)
          const isOver = await Promise.race([client.ended.then(() => true), pause(patienceMs, false)])
          clearInterval(dripping)
          client.socket.destroy()
          assert.ok(isOver, `a ${name} is not ended within ${patienceMs} ms`)
          // Bun ends heads that take long by itself, without a word.
          if (!onBun || name !== 'slow head')
            assert.match(client.received(), /^HTTP\/1\.1 408 .*"code":"HTX_REQUEST_TIMEOUT"/s)
          return `${name} ended after ${Math.round(performance.now() - startedAt)} ms: ${client.received().split('\r\n')[0]}`
        }),
      )
      for (const line of endedAfter) t.diagnostic(line)
    })
    t.diagnostic(tell(tally))
  })

  it('answers a load beside 10,000 connections, and each of these', async t => {
    const wanted = 10_000
    const clients: RawClient[] = []
    const tally = await underLoad({ url: server.url }, async load => {
      try {
        for (let opened = 0; opened < wanted; opened += 100) {
          clients.push(...(await Promise.all(Array.from({ length: 100 }, () => openRawClient(server.url)))))
        }
        await load.goesOn(200)
        for (let from = 0; from < wanted; from += 500) {
          const some = clients.slice(from, from + 500)
          const answers = some.map(async ({ socket, answers }, place) => {
            const text = `echo - ${from + place}`
            socket.write(rawRequest(bodyOf(text)))
            const [answer = ''] = await answers(1)
            assert.match(answer, /^HTTP\/1\.1 200/)
            assert.ok(answer.includes(`"echo":"${text}"`), answer)
          })
          await Promise.all(answers)
        }
      } finally {
        for (const { socket } of clients) socket.destroy()
      }
    })
    t.diagnostic(`${clients.length} connections; ${tell(tally)}`)
  })
})
