import assert from 'node:assert/strict'
import type { AddressInfo } from 'node:net'
import { it } from 'node:test'
import Fastify from 'fastify'
import { twoLocalhosts } from '../../../../test/support/two-localhosts.ts'
import { serversOf } from '../../src/http/servers-of.ts'

it('an app that listens on localhost has a server for each of its addresses', async () => {
  using _names = twoLocalhosts()
  await using app = Fastify()
  await app.listen({ port: 0, host: 'localhost' })
  const addresses = serversOf(app).map(server => (server.address() as AddressInfo).address)
  assert.deepEqual(addresses, ['127.0.0.1', '127.0.0.2'])
})
