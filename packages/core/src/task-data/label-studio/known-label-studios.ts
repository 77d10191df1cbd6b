import type { Connections } from '../addresses/connections.ts'
import { type LabelStudioAccess, openAccess } from './access.ts'
import { type LabelStudioAddress, type LabelStudioBase, readLabelStudioAddress } from './address.ts'
import { exchangeToken } from './exchange-token.ts'

/** One backend serves few Label Studios, each with the tokens of some people. */
const mostKnown = 1_000

/** Label Studios by address and key, so that an access token is asked for once and not for each file. */
export interface KnownLabelStudios {
  /** @throws HtxError `HTX_OPTION_INVALID` */
  access(address: LabelStudioAddress | LabelStudioBase): LabelStudioAccess
}

export function openKnownLabelStudios(connections: Connections): KnownLabelStudios {
  const known = new Map<string, LabelStudioAccess>()
  return {
    access(address) {
      const read = 'base' in address ? address : readLabelStudioAddress(address)
      const key = `${read.base.href}\n${read.apiKey}`
      const access = known.get(key) ?? openAccess(read, (url, refresh) => exchangeToken(url, refresh, connections))
      known.delete(key)
      known.set(key, access)
      if (known.size > mostKnown) known.delete(known.keys().next().value as string)
      return access
    },
  }
}
