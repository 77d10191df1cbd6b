import dns from 'node:dns'

const bothAddresses = [
  { address: '127.0.0.1', family: 4 },
  { address: '127.0.0.2', family: 4 },
]

/** Gives `localhost` two addresses until it is disposed of, whatever this machine's has: most have two, of IPv4 and IPv6. */
export function twoLocalhosts(): Disposable {
  const { lookup } = dns
  type Lookup = (name: string, options: dns.LookupOptions, done: (error: null, addresses: unknown) => void) => void
  const ours: Lookup = (name, options, done) => {
    if (name === 'localhost' && options.all === true) done(null, bothAddresses)
    else (lookup as Lookup)(name, options, done)
  }
  dns.lookup = ours as typeof lookup
  return {
    [Symbol.dispose]() {
      dns.lookup = lookup
    },
  }
}
