import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import fc from 'fast-check'
import { startServer, type TestServer } from '../support/model-server.ts'
import { holds } from './support/holds.ts'
import { oddRequest, writeRequest } from './support/odd-requests.ts'
import { RawConnection } from './support/raw-http.ts'

const basicAuth = { user: 'ann', password: 'correct horse' }
/** Credentials that are missing, wrong, or guessed too often, and pages that may not ask. */
const refusals = [401, 403, 429]
/** What is no HTTP does not come as far as anybody's credentials, and is no request that has an id. */
const notHttp = [400, 413, 417, 431, 501, 505]

describe('requests that nobody should send, where credentials are asked for', () => {
  let server: TestServer
  let connection: RawConnection
  const statuses: Record<string, number> = {}

  before(async () => {
    server = await startServer('echo.ts', { basicAuth, workers: 1 })
    connection = new RawConnection(Number(new URL(server.url).port))
  })
  after(async () => {
    connection.close()
    await server.close()
  })

  it('learn nothing but that', async test => {
    await holds(
      test,
      fc.asyncProperty(oddRequest, async odd => {
        const request = writeRequest(odd)
        const answer = request.isWhole ? await connection.ask(request) : (await connection.tell(request))[0]
        if (answer === undefined) return
        statuses[answer.status] = (statuses[answer.status] ?? 0) + 1
        const text = answer.body.toString()
        const isRefused =
          refusals.includes(answer.status) || (notHttp.includes(answer.status) && !text.includes('requestId'))
        assert.ok(isRefused, `${request.method} ${request.target}: ${answer.status} ${text.slice(0, 500)}`)
      }),
      { short: 1_000, long: 20_000 },
    )
    test.diagnostic?.(`answers: ${JSON.stringify(statuses)}`)
    assert.ok((statuses[401] ?? 0) > 0)
  })
})
