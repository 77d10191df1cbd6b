import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { HtxError, messageOf, Type } from '@htx/core'
import type { Static, TObject } from 'typebox'

/*
 * Options of who may do what: meaning, unit, default.
 */

const Words = (description: string) => Type.Array(Type.String({ minLength: 1 }), { description })

export const accessProperties = {
  basicAuth: Type.Optional(
    Type.Object(
      {
        user: Type.String({ pattern: '^[\\x20-\\x39\\x3b-\\x7e]+$' }),
        password: Type.String({
          pattern: '^[\\x20-\\x7e]+$',
          writeOnly: true,
          description: 'Printable ASCII. Set BASIC_AUTH_PASS.',
        }),
      },
      {
        description:
          'Credentials that every route asks for, as Label Studio gives them: ASCII, the user without a colon. Default: none.',
      },
    ),
  ),
  apiToken: Type.Optional(
    Type.String({
      pattern: '^[\\x21-\\x7e]{16,}$',
      writeOnly: true,
      description:
        'Bearer token that every route takes, too: 16 characters of ASCII or more, without blanks. HTX_API_TOKEN. Default: none.',
    }),
  ),
  webhookSecret: Type.Optional(
    Type.String({
      pattern: '^[\\x21-\\x7e]{16,}$',
      writeOnly: true,
      description:
        'Bearer token of Label Studio’s events, which come without its credentials: 16 characters of ASCII or more, without blanks. HTX_WEBHOOK_SECRET. Default: one that follows from the credentials.',
    }),
  ),
  openWebhook: Type.Optional(
    Type.Boolean({
      description: 'Takes events without credentials, from anybody who can reach the server. Default: false.',
    }),
  ),
  allowLabelStudios: Type.Optional(
    Words('Addresses that a Label Studio may give for itself when it calls without credentials. Default: none.'),
  ),
  allowOrigins: Type.Optional(
    Words('Origins whose web pages may use the server, such as https://labels.example.org. Default: none.'),
  ),
  rateLimit: Type.Optional(
    Type.Integer({ minimum: 1, description: 'Most requests a second from one address. Default: no limit.' }),
  ),
  trustProxy: Type.Optional(
    Words(
      'Addresses or ranges of proxies whose X-Forwarded-For is believed; any for all. Whoever is in them may claim any address. Default: none.',
    ),
  ),
  tls: Type.Optional(
    Type.Object(
      { certFile: Type.String({ minLength: 1 }), keyFile: Type.String({ minLength: 1 }) },
      {
        description:
          'Certificate, with those that it follows from, and its key, in PEM; read again while the server runs. Default: plain HTTP.',
      },
    ),
  ),
}

/** Who may do what, complete. */
export interface AccessSettings {
  readonly basicAuth: { readonly user: string; readonly password: string } | undefined
  readonly apiToken: string | undefined
  readonly webhookSecret: string | undefined
  readonly openWebhook: boolean
  /** Origins, each with its path. */
  readonly allowLabelStudios: readonly string[]
  readonly allowOrigins: readonly string[]
  readonly rateLimit: number | undefined
  readonly trustProxy: readonly string[]
  readonly tls: TlsSettings | undefined
}

export interface TlsSettings {
  /** PEM, as the files had it at the start. */
  readonly cert: string
  readonly key: string
  /** Absolute. */
  readonly certFile: string
  readonly keyFile: string
}

/** @throws HtxError `HTX_OPTION_INVALID` */
export function completeAccess(given: Static<TObject<typeof accessProperties>>): AccessSettings {
  checkWebhookSecret(given)
  const { tls } = given
  return {
    basicAuth: given.basicAuth,
    apiToken: given.apiToken,
    webhookSecret: given.webhookSecret,
    openWebhook: given.openWebhook ?? false,
    allowLabelStudios: (given.allowLabelStudios ?? []).map(url =>
      withoutSlash(originOf(url, '--allow-label-studio') + new URL(url).pathname),
    ),
    allowOrigins: (given.allowOrigins ?? []).map(url => originOf(url, '--allow-origin')),
    rateLimit: given.rateLimit,
    trustProxy: given.trustProxy ?? [],
    tls: tls && readTls(tls),
  }
}

/** Whether callers must show credentials. */
export function asksForCredentials({ basicAuth, apiToken }: AccessSettings): boolean {
  return basicAuth !== undefined || apiToken !== undefined
}

function checkWebhookSecret({ webhookSecret, basicAuth, apiToken }: Static<TObject<typeof accessProperties>>): void {
  if (webhookSecret === undefined) return
  const others = [basicAuth?.password, apiToken].filter(secret => secret !== undefined)
  if (others.length > 0 && !others.includes(webhookSecret)) return
  throw new HtxError(
    'HTX_OPTION_INVALID',
    others.length === 0
      ? 'a secret of events is set, but no credentials, so that nothing is asked for: set BASIC_AUTH_USER and BASIC_AUTH_PASS, or HTX_API_TOKEN, too'
      : 'the secret of events is the password or the token of the server; Label Studio shows it to people, so it must be another one. Set HTX_WEBHOOK_SECRET',
  )
}

/** As addresses are compared. */
export function withoutSlash(url: string): string {
  return url.replace(/\/+$/, '')
}

function originOf(url: string, flag: string): string {
  if (URL.canParse(url) && /^https?:$/.test(new URL(url).protocol)) return new URL(url).origin
  throw new HtxError(
    'HTX_OPTION_INVALID',
    `expected an address such as https://labels.example.org; got ${JSON.stringify(url.slice(0, 100))}. Set ${flag}`,
  )
}

function readTls(files: { readonly certFile: string; readonly keyFile: string }): TlsSettings {
  const [certFile, keyFile] = [resolve(files.certFile), resolve(files.keyFile)]
  return { cert: readPem(certFile, '--tls-cert'), key: readPem(keyFile, '--tls-key'), certFile, keyFile }
}

function readPem(path: string, flag: string): string {
  let pem: string
  try {
    pem = readFileSync(path, 'utf8')
  } catch (error) {
    throw new HtxError('HTX_OPTION_INVALID', `${flag}: ${path} cannot be read: ${messageOf(error)}`, { cause: error })
  }
  if (pem.includes('-----BEGIN ')) return pem
  throw new HtxError('HTX_OPTION_INVALID', `${flag} must be a file in PEM; ${path} is none`)
}
