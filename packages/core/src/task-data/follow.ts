import type { Connections, Response } from './addresses/connections.ts'
import type { LabelStudioAccess } from './label-studio/access.ts'
import { isLabelStudioFile } from './label-studio/address.ts'
import type { ProgressWatch } from './progress-watch.ts'
import { refusalOf } from './status-refusal.ts'
import { unreachable } from './unreachable.ts'

export interface Followed {
  /** Status 200, or 206 when a range was asked for. */
  readonly response: Response
  readonly finalUrl: URL
}

const mostRedirects = 5
const redirectStatuses: readonly number[] = [301, 302, 303, 307, 308]

/**
 * Follows redirects by hand, so that credentials stay with their origin: once gone they do not come back. Each hop is a new address to check.
 *
 * @throws HtxError `HTX_TASK_DATA_INVALID`, `HTX_TASK_DATA_REFUSED`, `HTX_TASK_DATA_UNREACHABLE`
 */
export async function follow(
  start: URL,
  labelStudio: LabelStudioAccess | undefined,
  range: Readonly<Record<string, string>> | undefined,
  connections: Connections,
  watch: ProgressWatch,
): Promise<Followed> {
  let url = start
  let isOwn = labelStudio !== undefined
  let isFresh = false
  for (let redirects = 0; ; ) {
    isOwn &&= labelStudio !== undefined && isLabelStudioFile(url, labelStudio.base)
    const credentials = isOwn ? labelStudio?.credentials : undefined
    const authorization = await credentials?.authorization({ fresh: isFresh })
    const response = await connections.ask(url, {
      signal: watch.signal,
      isTrusted: isOwn,
      headers: {
        // Asked for as it is, so that its length can be checked; servers that compress all the same are understood.
        'accept-encoding': 'identity',
        ...range,
        ...(authorization === undefined ? {} : { authorization }),
      },
    })
    watch.sawBytes()
    const { statusCode, headers, body } = response
    if (statusCode === 200 || (statusCode === 206 && range !== undefined)) return { response, finalUrl: url }
    // Resolves at its end, which nobody waits for; `stop` of the watch ends it if it has none.
    void body.dump({ limit: 64 * 1024 })
    // A token that is refused may have run out a moment ago.
    if (statusCode === 401 && credentials?.canRenew === true && !isFresh) {
      isFresh = true
      continue
    }
    if (!redirectStatuses.includes(statusCode)) throw refusalOf(url, statusCode, authorization !== undefined)
    if (redirects === mostRedirects) throw unreachable(start, `it led to more than ${mostRedirects} redirects`)
    redirects += 1
    url = redirectTarget(url, String(headers.location ?? ''))
  }
}

function redirectTarget(url: URL, location: string): URL {
  if (location === '' || !URL.canParse(location, url.href))
    throw unreachable(url, 'it redirects without saying where to')
  const target = new URL(location, url)
  if (target.protocol === 'http:' || target.protocol === 'https:') return target
  throw unreachable(url, `it redirects to a ${target.protocol} URL`)
}
