import { HtxError } from '@htx/core'
import type { ModelServerOptions } from '@htx/server'
import type { Command } from 'commander'
import { collectList, count, flag } from './flags.ts'

/** What says who may do what. */
export interface AccessFlags {
  readonly basicAuthUser?: string
  readonly basicAuthPass?: string
  readonly apiToken?: string
  readonly webhookSecret?: string
  readonly openWebhook?: boolean
  readonly allowLabelStudio?: string[]
  readonly allowOrigin?: string[]
  readonly rateLimit?: number
  readonly trustProxy?: string[]
  readonly tlsCert?: string
  readonly tlsKey?: string
}

export function addAccessFlags(command: Command): Command {
  const rare = [
    flag('--api-token <token>', 'take this bearer token, too; better in the environment', 'HTX_API_TOKEN'),
    flag('--tls-cert <file>', 'serve HTTPS with this certificate (PEM) …', 'HTX_TLS_CERT'),
    flag('--tls-key <file>', '… and its key', 'HTX_TLS_KEY'),
    flag('--webhook-secret <secret>', 'what events show; better in the environment', 'HTX_WEBHOOK_SECRET'),
    flag('--open-webhook', 'take events without credentials, from anybody', 'HTX_OPEN_WEBHOOK'),
    flag(
      '--allow-label-studio <urls>',
      'addresses that a Label Studio without credentials may give for itself',
      'HTX_ALLOW_LABEL_STUDIO',
    ).argParser(collectList),
    flag('--allow-origin <urls>', 'origins whose web pages may use the server', 'HTX_ALLOW_ORIGIN').argParser(
      collectList,
    ),
    flag('--rate-limit <number>', 'most requests a second from one address', 'HTX_RATE_LIMIT').argParser(count),
    flag(
      '--trust-proxy <ranges>',
      'proxies whose X-Forwarded-For is believed, such as 10.0.0.7',
      'HTX_TRUST_PROXY',
    ).argParser(collectList),
  ]
  command
    .addOption(flag('--basic-auth-user <name>', 'ask callers for this user …', 'BASIC_AUTH_USER'))
    .addOption(flag('--basic-auth-pass <password>', '… and password; better in the environment', 'BASIC_AUTH_PASS'))
  for (const option of rare) command.addOption(option.hideHelp())
  return command
}

/** @throws HtxError `HTX_OPTION_INVALID` when one of two that belong together is missing */
export function accessOptions(flags: AccessFlags): Partial<ModelServerOptions> {
  const basicAuth = both(flags.basicAuthUser, flags.basicAuthPass, 'BASIC_AUTH_USER and BASIC_AUTH_PASS')
  const tls = both(flags.tlsCert, flags.tlsKey, '--tls-cert and --tls-key')
  return {
    basicAuth: basicAuth && { user: basicAuth[0], password: basicAuth[1] },
    apiToken: flags.apiToken,
    webhookSecret: flags.webhookSecret,
    openWebhook: flags.openWebhook,
    allowLabelStudios: flags.allowLabelStudio,
    allowOrigins: flags.allowOrigin,
    rateLimit: flags.rateLimit,
    trustProxy: flags.trustProxy,
    tls: tls && { certFile: tls[0], keyFile: tls[1] },
  } as Partial<ModelServerOptions>
}

function both(
  one: string | undefined,
  other: string | undefined,
  names: string,
): readonly [string, string] | undefined {
  if (one !== undefined && other !== undefined) return [one, other]
  if (one === undefined && other === undefined) return undefined
  throw new HtxError('HTX_OPTION_INVALID', `${names} belong together; only one of them is set`)
}
