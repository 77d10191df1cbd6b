import assert from 'node:assert/strict'
import { mkdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { Agent, request } from 'node:https'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, afterEach, before, describe, it } from 'node:test'
import type { TLSSocket } from 'node:tls'
import Fastify, { type FastifyInstance } from 'fastify'
import { pino } from 'pino'
import { type MadeCertificate, makeCertificate, whyNoCertificates } from '../../../../test/support/make-certificate.ts'
import { eventually } from '../../../../test/support/model-server.ts'
import { twoLocalhosts } from '../../../../test/support/two-localhosts.ts'
import { renewCertificate } from '../../src/http/renew-certificate.ts'

const onBun = 'bun' in process.versions

describe('a certificate that is renewed while the server runs', { skip: whyNoCertificates }, () => {
  let folder: string
  let first: MadeCertificate
  let second: MadeCertificate
  let app: FastifyInstance | undefined
  let lines: { level: number; msg: string; reason?: string }[]
  let ends: Date[]
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'htx-certificates-'))
    first = makeCertificate('first', folder)
    second = makeCertificate('second', folder)
  })
  afterEach(() => app?.close())
  after(() => rm(folder, { recursive: true }))

  it('serves from then on, and connections that are open stay', { skip: onBun && 'Bun cannot' }, async () => {
    write(first)
    const { port } = await open()
    const agent = new Agent({ keepAlive: true, maxSockets: 1, rejectUnauthorized: false })
    const before = await servedName(port, { agent })
    write(second)
    await eventually(
      () => servedName(port),
      name => name === 'second',
    )
    assert.deepEqual([before, await servedName(port, { agent })], ['first', 'first'])
    agent.destroy()
    assert.deepEqual(
      lines.map(({ msg }) => msg).filter(msg => msg.includes('certificate')),
      ['a new certificate serves'],
    )
    assert.equal(ends.length, 2)
  })

  it('may lie behind links, one of which is exchanged', { skip: onBun && 'Bun cannot' }, async () => {
    const at = join(folder, 'volume')
    for (const [name, { cert, key }] of [['1', first] as const, ['2', second] as const]) {
      mkdirSync(join(at, name), { recursive: true })
      writeFileSync(join(at, name, 'cert.pem'), cert)
      writeFileSync(join(at, name, 'key.pem'), key)
    }
    symlinkSync('1', join(at, 'data'))
    for (const file of ['cert.pem', 'key.pem']) symlinkSync(join('data', file), join(at, file))
    const { port } = await open(at)
    assert.equal(await servedName(port), 'first')
    symlinkSync('2', join(at, 'next'))
    renameSync(join(at, 'next'), join(at, 'data'))
    await eventually(
      () => servedName(port),
      name => name === 'second',
    )
  })

  it('is refused, once in so many words, when it cannot be used; the one before serves on', {
    skip: onBun && 'Bun cannot',
  }, async () => {
    write(first)
    const { port } = await open()
    const refused = (count: number) =>
      eventually(
        async () => lines.filter(({ msg }) => /cannot be used; the one before serves on/.test(msg)),
        ({ length }) => length === count,
      )
    write({ cert: second.cert, key: first.key })
    const [line] = await refused(1)
    assert.match(line?.reason ?? '', /key values mismatch/i)
    assert.equal(await servedName(port), 'first')
    rmSync(join(folder, 'key.pem'))
    await refused(2)
    write({ cert: 'half of a certifi', key: second.key })
    await refused(3)
    assert.equal(await servedName(port), 'first')
    write(second)
    await eventually(
      () => servedName(port),
      name => name === 'second',
    )
    assert.equal((await refused(3)).length, 3)
  })

  it('serves on every address of localhost', { skip: onBun && 'Bun cannot' }, async () => {
    using _names = twoLocalhosts()
    write(first)
    const { addresses } = await open()
    assert.equal(addresses.length, 2)
    write(second)
    for (const { port, address } of addresses)
      await eventually(
        () => servedName(port, { host: address }),
        name => name === 'second',
      )
  })

  it('needs a restart on Bun, and the log says so', { skip: !onBun && 'Node needs none' }, async () => {
    write(first)
    const { port } = await open()
    write(second)
    await eventually(
      async () => lines,
      all => all.some(({ msg }) => /restart the server/.test(msg)),
    )
    assert.equal(await servedName(port), 'first')
  })

  function write({ cert, key }: MadeCertificate): void {
    writeFileSync(join(folder, 'cert.pem'), cert)
    writeFileSync(join(folder, 'key.pem'), key)
  }

  async function open(at = folder) {
    lines = []
    ends = []
    const log = pino({ level: 'info', base: null }, { write: line => lines.push(JSON.parse(line)) })
    app = Fastify({ https: first }) as unknown as FastifyInstance
    app.get('/', async () => ({}))
    const tls = { ...first, certFile: join(at, 'cert.pem'), keyFile: join(at, 'key.pem') }
    renewCertificate(app, tls, { log, onServing: validTo => ends.push(validTo), everyMs: 20 })
    await app.listen({ port: 0, host: 'localhost' })
    const addresses = app.addresses() as AddressInfo[]
    return { port: addresses[0]?.port ?? 0, addresses }
  }
})

/** @returns of whom the certificate is that a request is shown; through an agent it may go over a connection that is open */
function servedName(port: number, { agent = new Agent({ rejectUnauthorized: false }), host = '127.0.0.1' } = {}) {
  return new Promise<string>((resolve, reject) => {
    const asked = request({ port, host, agent, path: '/' }, answer => {
      const { CN } = (answer.socket as TLSSocket).getPeerCertificate().subject
      answer.resume().on('end', () => resolve(String(CN)))
    })
    asked.on('error', reject).end()
  })
}
