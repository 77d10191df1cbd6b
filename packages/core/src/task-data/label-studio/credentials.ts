import { HtxError } from '../../errors/htx-error.ts'

/** What is sent to Label Studio to say who asks. */
export interface Credentials {
  /** False for tokens that stay as they are. */
  readonly canRenew: boolean
  /** Value of the header. @param options `fresh`: the last one was refused */
  authorization(options: { readonly fresh: boolean }): Promise<string>
}

/** An access token lives five minutes; it is renewed so long before its end. Milliseconds. */
const marginMs = 30_000

/**
 * Legacy tokens are sent as they are. A personal access token is a JWT that must be exchanged for an access token, again and again.
 * Source: jwt_auth of Label Studio, label_studio_sdk.
 *
 * @param exchange asks Label Studio for an access token; what it throws comes out of `authorization`
 */
export function openCredentials(
  token: string,
  exchange: (refresh: string) => Promise<{ readonly access?: unknown }>,
): Credentials {
  const given = token.trim()
  const claims = readClaims(given)
  if (claims === undefined) return fixed(`Token ${given}`)
  if (claims.token_type !== 'refresh') return fixed(`Bearer ${given}`)
  /** `endsAt` is by a clock that nobody sets. */
  let access: { readonly token: string; readonly endsAt: number } | undefined
  let renewing: Promise<void> | undefined

  return {
    canRenew: true,
    async authorization({ fresh }) {
      if (fresh || access === undefined || access.endsAt - marginMs < performance.now()) {
        renewing ??= renew().finally(() => {
          renewing = undefined
        })
        await renewing
      }
      return `Bearer ${access?.token}`
    },
  }

  async function renew(): Promise<void> {
    const { access: renewed } = await exchange(given)
    if (typeof renewed !== 'string') {
      throw new HtxError(
        'HTX_LABEL_STUDIO_REFUSED',
        'Label Studio gave no access token for the personal access token; make a new one in its account settings and set LABEL_STUDIO_API_KEY',
      )
    }
    access = { token: renewed, endsAt: performance.now() + lifeMs(readClaims(renewed)) }
  }
}

/** Label Studio's own; one that lives longer is renewed early. Milliseconds. */
const usualLifeMs = 5 * 60_000

/**
 * Both times of a token are by the clock of Label Studio, which need not be ours. Older ones copy the first from the token that it was exchanged for, which may be
 * months old.
 */
function lifeMs({ iat, exp }: Claims = {}): number {
  if (typeof exp !== 'number') return usualLifeMs
  const madeAt = typeof iat === 'number' ? iat * 1000 : Date.now()
  return Math.min(exp * 1000 - madeAt, usualLifeMs)
}

function fixed(value: string): Credentials {
  return { canRenew: false, authorization: async () => value }
}

interface Claims {
  readonly token_type?: unknown
  /** When it was made and when it ends, seconds since 1970. */
  readonly iat?: unknown
  readonly exp?: unknown
}

/** What a JWT says of itself; undefined for other tokens. Legacy tokens are 40 hexadecimal digits and have no dot. */
function readClaims(token: string): Claims | undefined {
  const [, payload, signature, ...more] = token.split('.')
  if (payload === undefined || signature === undefined || more.length > 0) return undefined
  try {
    const claims: unknown = JSON.parse(Buffer.from(payload, 'base64url').toString('utf8'))
    return typeof claims === 'object' && claims !== null ? claims : undefined
  } catch {
    return undefined
  }
}
