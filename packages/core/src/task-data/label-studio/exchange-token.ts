import { HtxError, isHtxError, messageOf } from '../../errors/htx-error.ts'
import type { Connections } from '../addresses/connections.ts'
import { showUrl } from '../show-value.ts'

/** An answer with a token is short. */
const mostBytes = 64 * 1024
const timeoutMs = 30_000

/**
 * Asks Label Studio for an access token. Follows no redirect: the personal access token must not go elsewhere.
 *
 * @throws HtxError `HTX_LABEL_STUDIO_REFUSED`, `HTX_LABEL_STUDIO_UNREACHABLE`
 */
export async function exchangeToken(
  url: URL,
  refresh: string,
  connections: Connections,
): Promise<{ readonly access?: unknown }> {
  const signal = AbortSignal.timeout(timeoutMs)
  try {
    const { statusCode, body } = await connections.ask(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', accept: 'application/json' },
      body: JSON.stringify({ refresh }),
      isTrusted: true,
      signal,
    })
    if (statusCode === 200) return asObject(JSON.parse(await readShort(body)))
    void body.dump({ limit: mostBytes })
    throw new HtxError(
      'HTX_LABEL_STUDIO_REFUSED',
      `Label Studio answers ${statusCode} at ${showUrl(url)}: it takes no such personal access token; make a new one in its account settings and set LABEL_STUDIO_API_KEY`,
    )
  } catch (error) {
    if (isHtxError(error)) throw error
    const { code } = error as NodeJS.ErrnoException
    throw new HtxError(
      'HTX_LABEL_STUDIO_UNREACHABLE',
      `Label Studio gave no access token at ${showUrl(url)}: ${code ?? messageOf(error)}`,
    )
  }
}

async function readShort(body: AsyncIterable<Buffer>): Promise<string> {
  const chunks: Buffer[] = []
  let bytes = 0
  for await (const chunk of body) {
    bytes += chunk.length
    if (bytes > mostBytes) throw new Error(`its answer is longer than ${mostBytes} bytes`)
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString('utf8')
}

function asObject(value: unknown): { readonly access?: unknown } {
  return typeof value === 'object' && value !== null ? value : {}
}
