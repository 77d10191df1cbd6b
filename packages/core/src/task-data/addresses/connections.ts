import { lookup } from 'node:dns'
import { isIP, type LookupFunction } from 'node:net'
import type { Dispatcher } from 'undici/index.js'
import { HtxError } from '../../errors/htx-error.ts'
import { showUrl } from '../show-value.ts'
import type { AddressPolicy } from './address-policy.ts'

export type Response = Dispatcher.ResponseData

type Undici = typeof import('undici/index.js')

/** Most models fetch nothing: their threads are spared its 9 MB. The bare name is another thing on Bun: a shim that ignores limits. */
const importUndici = (): Promise<Undici> => import('undici/index.js')

export interface ConnectionSettings {
  /** Longest wait for a connection, milliseconds. */
  readonly idleTimeoutMs: number
  readonly addresses: AddressPolicy
  /** Certificate authorities in PEM; undefined: those of the runtime. */
  readonly ca: readonly string[] | undefined
}

export interface Ask {
  readonly method?: 'GET' | 'POST'
  readonly headers: Readonly<Record<string, string>>
  readonly body?: string
  readonly signal: AbortSignal
  /** True for hosts that the operator or Label Studio itself named: they may have any address. */
  readonly isTrusted: boolean
}

/** The only way out to the network, but for the clouds' SDKs. No connection is made before the first request. */
export interface Connections {
  /** Follows no redirects. @throws HtxError `HTX_TASK_DATA_REFUSED` before anything is sent; what undici throws */
  ask(url: URL, ask: Ask): Promise<Response>
  close(): Promise<void>
}

export function openConnections(settings: ConnectionSettings): Connections {
  let trusted: Dispatcher | undefined
  let guarded: Dispatcher | undefined

  return { ask, close }

  async function ask(url: URL, { isTrusted, method = 'GET', headers, body, signal }: Ask): Promise<Response> {
    if (!isTrusted) refuseLiteral(url)
    const undici = await importUndici()
    const dispatcher = isTrusted ? openTrusted(undici) : openGuarded(undici)
    return undici.request(url, { dispatcher, method, headers, signal, ...(body === undefined ? {} : { body }) })
  }

  /** Addresses are never looked up, so that the guard below would not see them; through a proxy, it does not see names either. */
  function refuseLiteral({ hostname }: URL): void {
    const address = hostname.replace(/^\[|\]$/g, '')
    const literal = isIP(address) === 0 ? localName.test(hostname) && '127.0.0.1' : address
    if (literal && !settings.addresses.allows(literal)) throw refused(hostname)
  }

  function openTrusted(undici: Undici): Dispatcher {
    trusted ??= agent(undici, {})
    return trusted
  }

  function openGuarded(undici: Undici): Dispatcher {
    guarded ??= agent(undici, { lookup: allowedOnly(settings.addresses) })
    return guarded
  }

  /** Time is watched from outside: one clock for connecting, headers, redirects and the body, also while nothing is read. */
  function agent({ EnvHttpProxyAgent }: Undici, connect: { readonly lookup?: LookupFunction }): Dispatcher {
    const tls = settings.ca === undefined ? {} : { ca: [...settings.ca] }
    return new EnvHttpProxyAgent({
      connect: { ...connect, ...tls, timeout: settings.idleTimeoutMs },
      requestTls: tls,
      proxyTls: tls,
      // Proxies commonly take CONNECT for https alone.
      proxyTunnel: false,
      headersTimeout: 0,
      bodyTimeout: 0,
    })
  }

  async function close(): Promise<void> {
    const open = [trusted, guarded]
    trusted = undefined
    guarded = undefined
    await Promise.all(open.map(dispatcher => dispatcher?.destroy()))
  }
}

/** Names of this machine, for programs that do not ask the resolver. */
const localName = /^(.+\.)?localhost\.?$/i

/**
 * Resolves names to the addresses that may be connected to. The addresses that are checked are those that the socket then uses: a name that
 * resolves to another address the next time gains nothing.
 */
function allowedOnly(addresses: AddressPolicy): LookupFunction {
  return (hostname, options, callback) => {
    lookup(hostname, { ...options, all: true }, (error, found) => {
      if (error !== null) return callback(error, [])
      const allowed = found.filter(({ address }) => addresses.allows(address))
      const [first] = allowed
      if (first === undefined) return callback(refused(hostname), [])
      return options.all === true ? callback(null, allowed) : callback(null, first.address, first.family)
    })
  }
}

function refused(hostname: string): HtxError {
  const where = showUrl(new URL(`http://${hostname}`)).replace(/^http:\/\/|\/$/g, '')
  return new HtxError(
    'HTX_TASK_DATA_REFUSED',
    `${where} has an address inside a private network or of this machine, which values of tasks may not lead to; allow it with --allow-address, such as --allow-address 10.0.0.0/8`,
  )
}
