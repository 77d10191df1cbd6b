import { messageOf } from '@htx/core'
import type { Logger } from '../log/logger.ts'
import type { LabelStudioClient } from './client.ts'
import type { LabelStudioSettings } from './http.ts'

export interface EventSignerSettings {
  readonly labelStudio: LabelStudioSettings
  /** What events show from then on, as `Authorization: Bearer …`; asked for when there is a webhook. */
  secret(): string
  readonly log: Logger
}

/** Gives Label Studio's webhooks the credentials that it does not give them. */
export interface EventSigner {
  /**
   * Looks at the webhooks of a project that lead here, and mends those that show nothing, or a secret of before. Returns at once; what fails is said in the log and tried again
   * the next time.
   *
   * @param host by which Label Studio knows this server, such as `backend.internal:9090`
   */
  sign(project: string, host: string): void
}

/** After a success, and after a failure; `/setup` comes with every opening of a project. Milliseconds. */
const [lookAgainMs, tryAgainMs] = [300_000, 10_000]
const mostProjects = 10_000

export function openEventSigner({ labelStudio, secret, log }: EventSignerSettings): EventSigner {
  /** Projects with when to look again. */
  const known = new Map<string, number>()
  const told = new Set<string>()
  let client: Promise<LabelStudioClient> | undefined

  return {
    sign(project, host) {
      const key = `${project}\n${host}`
      if (performance.now() < (known.get(key) ?? 0)) return
      if (known.size >= mostProjects) {
        known.clear()
        told.clear()
      }
      const isFirst = !known.has(key)
      known.set(key, Number.POSITIVE_INFINITY)
      signAll(project, host).then(
        found => {
          known.set(key, performance.now() + (found > 0 ? lookAgainMs : 0))
          // Label Studio makes the webhook only after its first `/setup`.
          if (found === 0 && !isFirst) sayOnce(key, { project, host }, 'no webhook of the project leads here')
        },
        error => {
          known.set(key, performance.now() + tryAgainMs)
          if (labelStudio.signal?.aborted !== true)
            sayOnce(key, { project, reason: messageOf(error) }, 'its webhook could not be given credentials')
        },
      )
    },
  }

  function sayOnce(key: string, about: object, problem: string): void {
    if (told.has(key)) return
    told.add(key)
    log.warn(about, `${problem}: events without them are refused; see docs/operations.md, Access`)
  }

  /** @returns how many webhooks lead here */
  async function signAll(project: string, host: string): Promise<number> {
    client ??= import('./client.ts').then(({ openLabelStudio }) => openLabelStudio(labelStudio))
    const { webhooks, changeWebhook } = await client
    const own = (await webhooks(project)).filter(({ url }) => leadsTo(url, host))
    if (own.length === 0) return 0
    const authorization = `Bearer ${secret()}`
    for (const { id, url, headers } of own) {
      const shown = Object.entries(headers).find(([name]) => name.toLowerCase() === 'authorization')?.[1]
      // Somebody gave it the credentials of the server, which do as well.
      if (shown === authorization || (shown !== undefined && !/^bearer /i.test(shown))) continue
      const others = Object.entries(headers).filter(([name]) => name.toLowerCase() !== 'authorization')
      // Newer Label Studios switch a webhook off that was refused a few times.
      await changeWebhook(id, {
        headers: { ...Object.fromEntries(others), Authorization: authorization },
        isActive: true,
      })
      log.info({ project, webhook: url }, 'the webhook of the project shows credentials from now on')
    }
    return own.length
  }
}

/** Not below a path: behind one host there may be other backends, and other services. */
function leadsTo(url: string, host: string): boolean {
  if (!URL.canParse(url)) return false
  const target = new URL(url)
  return target.host === host.toLowerCase() && /^\/webhook\/?$/.test(target.pathname)
}
