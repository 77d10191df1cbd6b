import { isIP } from 'node:net'
import ipaddr from 'ipaddr.js'
import { HtxError } from '../../errors/htx-error.ts'

/** Which addresses of the network may be connected to for a value that anybody may have written. */
export interface AddressPolicy {
  /** @param address an IP address, as the system resolves names to */
  allows(address: string): boolean
}

/** Stands for every address. */
const anyAddress = 'any'

/**
 * Public addresses are allowed; private, loopback, link-local and reserved ones only when they are listed. What an IPv4 address is
 * inside an IPv6 one counts.
 *
 * @param allowed addresses (`10.1.2.3`), ranges (`10.0.0.0/8`), or `any`
 * @throws HtxError `HTX_OPTION_INVALID`
 */
export function openAddressPolicy(allowed: readonly string[]): AddressPolicy {
  const allowsAny = allowed.includes(anyAddress)
  const ranges = allowed.filter(entry => entry !== anyAddress).map(readRange)
  return { allows: address => allowsAny || isAllowed(address, ranges) }
}

type Range = ReturnType<typeof ipaddr.parseCIDR>

/** All public addresses of IPv6: the library takes unassigned ones for such, too, and old forms that hold an IPv4 address. */
const globalUnicast = ipaddr.parseCIDR('2000::/3')

function isAllowed(address: string, ranges: readonly Range[]): boolean {
  if (!ipaddr.isValid(address)) return false
  const parsed = ipaddr.process(address)
  if (parsed.range() === 'unicast' && (parsed.kind() === 'ipv4' || parsed.match(globalUnicast))) return true
  return ranges.some(([start, bits]) => parsed.kind() === start.kind() && parsed.match(start, bits))
}

function readRange(entry: string): Range {
  if (ipaddr.isValidCIDR(entry)) return ipaddr.parseCIDR(entry)
  // The library also takes 10.1 and 0x0a000001, which a person did not mean.
  if (isIP(entry) !== 0) {
    const address = ipaddr.process(entry)
    return [address, address.toByteArray().length * 8]
  }
  throw new HtxError(
    'HTX_OPTION_INVALID',
    `an allowed address is one such as 10.1.2.3, a range such as 10.0.0.0/8, or any; it is ${JSON.stringify(entry)}. Set --allow-address`,
  )
}
