import { X509Certificate } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import type { Server } from 'node:https'
import { createSecureContext } from 'node:tls'
import { messageOf } from '@htx/core'
import type { FastifyBaseLogger, FastifyInstance } from 'fastify'
import type { TlsSettings } from '../access-options.ts'
import { serversOf } from './servers-of.ts'

export interface RenewalSettings {
  readonly log: FastifyBaseLogger
  /** Called with the time at which the certificate ends, at the start and whenever another one serves. */
  onServing(validTo: Date): void
  /** How often the files are read, milliseconds. Default: 5,000. */
  readonly everyMs?: number
}

type Pair = Pick<TlsSettings, 'cert' | 'key'>

/**
 * Takes certificates that are renewed while the server runs; connections that are open stay. The files are read by the clock: what lies behind their names may be changed by
 * writing, by a rename, or by a link anywhere on the way to them, on file systems that send no events (docs/decisions/0041-certificates.md).
 */
export function renewCertificate(app: FastifyInstance, tls: TlsSettings, settings: RenewalSettings): void {
  const { log, onServing, everyMs = 5_000 } = settings
  const { certFile, keyFile } = tls
  let served = nameOf(tls)
  /** Found at the last look: only one of the two files may have been written until then. */
  let suspected: string | undefined
  let refused: string | undefined
  let timer: NodeJS.Timeout | undefined
  let closed = false

  onServing(validToOf(tls))
  app.addHook('onListen', done => {
    schedule()
    done()
  })
  app.addHook('onClose', async () => {
    closed = true
    clearTimeout(timer)
  })

  function schedule(): void {
    if (closed) return
    timer = setTimeout(() => {
      look()
        .catch((error: unknown) =>
          log.error({ reason: messageOf(error), certFile }, 'the certificate cannot be looked at'),
        )
        .finally(schedule)
    }, everyMs)
    timer.unref()
  }

  async function look(): Promise<void> {
    const found = await readPair(tls).catch((error: unknown) => messageOf(error))
    const name = nameOf(found)
    if (closed || name === refused) return
    const problem = name === served ? undefined : problemOf(found)
    if (problem !== undefined && name !== suspected) {
      suspected = name
      return
    }
    suspected = undefined
    refused = problem === undefined ? undefined : name
    if (problem !== undefined)
      log.warn(
        { reason: problem, certFile, keyFile },
        'the new certificate or its key cannot be used; the one before serves on, and the files are read again',
      )
    else if (name !== served && typeof found === 'object') serve(found, name)
  }

  function serve(pair: Pair, name: string): void {
    const servers = serversOf(app) as readonly Partial<Server>[]
    if (servers.some(({ setSecureContext }) => setSecureContext === undefined)) {
      refused = name
      log.warn({ certFile }, 'there is a new certificate, and Bun takes one only at its start: restart the server')
      return
    }
    for (const server of servers) server.setSecureContext?.({ cert: pair.cert, key: pair.key })
    served = name
    const validTo = validToOf(pair)
    onServing(validTo)
    log.info({ certFile, validTo }, 'a new certificate serves')
  }
}

async function readPair({ certFile, keyFile }: TlsSettings): Promise<Pair> {
  const [cert, key] = await Promise.all([readFile(certFile, 'utf8'), readFile(keyFile, 'utf8')])
  return { cert, key }
}

/** @param found a pair, or why there is none */
function nameOf(found: Pair | string): string {
  return typeof found === 'string' ? found : `${found.cert}\n${found.key}`
}

function problemOf(found: Pair | string): string | undefined {
  if (typeof found === 'string') return found
  try {
    createSecureContext({ cert: found.cert, key: found.key })
    return undefined
  } catch (error) {
    return messageOf(error)
  }
}

function validToOf({ cert }: Pair): Date {
  return new Date(new X509Certificate(cert).validTo)
}
