import { isIP } from 'node:net'
import { HtxError } from '@htx/core'
import { type RateLimiterAbstract, RateLimiterMemory, RateLimiterRes } from 'rate-limiter-flexible'

/** Counts what each address does, and refuses it for a while when that is too much. Forgets; keeps nothing on disk. */
export interface Attempts {
  /** @throws HtxError `HTX_TOO_MANY_REQUESTS` while the address is refused */
  check(address: string): Promise<void>
  /** One more. @throws HtxError `HTX_TOO_MANY_REQUESTS` when that is too much */
  count(address: string): Promise<void>
}

export interface AttemptsSettings {
  readonly most: number
  readonly withinSeconds: number
  /** How long an address is refused that did more. Default: until the time is over. */
  readonly refuseSeconds?: number
  /** Why it is refused, such as `too many wrong credentials came from your address`. */
  readonly reason: string
}

export function openAttempts({ most, withinSeconds, refuseSeconds = 0, reason }: AttemptsSettings): Attempts {
  const limiter: RateLimiterAbstract = new RateLimiterMemory({
    points: most,
    duration: withinSeconds,
    blockDuration: refuseSeconds,
  })
  return {
    async check(address) {
      const counted = await limiter.get(networkOf(address))
      if (counted !== null && counted.consumedPoints > most) throw refused(counted)
    },
    async count(address) {
      await limiter.consume(networkOf(address)).catch((error: unknown) => {
        throw error instanceof RateLimiterRes ? refused(error) : error
      })
    },
  }

  function refused({ msBeforeNext }: RateLimiterRes): HtxError {
    const retryAfterSeconds = Math.max(1, Math.ceil(msBeforeNext / 1000))
    return new HtxError('HTX_TOO_MANY_REQUESTS', `${reason}; try again in ${retryAfterSeconds} s`, {
      retryAfterSeconds,
    })
  }
}

/** Who has one address of IPv6 has a whole network of them. @returns that network, such as `2001:db8:0:1` */
export function networkOf(address: string): string {
  if (isIP(address) !== 6 || address.includes('.')) return address
  const [head = '', tail] = address.split('::')
  const groups = head === '' ? [] : head.split(':')
  const rest = tail === undefined || tail === '' ? [] : tail.split(':')
  const whole =
    tail === undefined ? groups : [...groups, ...new Array(8 - groups.length - rest.length).fill('0'), ...rest]
  return whole.slice(0, 4).join(':')
}
