import { scryptSync } from 'node:crypto'
import type { AccessSettings } from '../access-options.ts'

/**
 * What Label Studio's events show, as `Authorization: Bearer …`. Without a word of the operator's it follows from the credentials, so that it is the same
 * after a restart and on every server that has them. Who reads it in Label Studio must guess the password at a tenth of a second a guess.
 */
export function webhookSecretOf(access: AccessSettings): string {
  if (access.webhookSecret !== undefined) return access.webhookSecret
  const secret = made.get(access) ?? makeSecret(access)
  made.set(access, secret)
  return secret
}

const made = new WeakMap<AccessSettings, string>()

function makeSecret({ basicAuth, apiToken }: AccessSettings): string {
  const password = JSON.stringify([basicAuth?.user, basicAuth?.password, apiToken])
  return scryptSync(password, 'htx: events of Label Studio', 32, { N: 2 ** 15, maxmem: 2 ** 26 }).toString('base64url')
}
