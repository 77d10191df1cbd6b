import { messageOf } from '@htx/core'
import { withoutSlash } from '../access-options.ts'
import type { Logger } from '../log/logger.ts'
import type { LabelStudioClient, ProjectWebhook } from './client.ts'
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
   * Looks at the webhooks that Label Studio made for this server as a backend of a project, and mends those that show nothing, or a secret of before. Returns at once; what fails is
   * said in the log and tried again the next time.
   *
   * @param host by which Label Studio knows this server, such as `backend.internal:9090`
   */
  sign(project: string, host: string): void
}

/** What was found of the webhooks of a project: those of this server; none at its host, or none without credentials of others; some, of which Label Studio does not say that they are. */
type Found = 'own' | 'none' | 'others' | 'unclear'

/** `/setup` comes with every opening of a project, and when Label Studio is asked for its backends. Milliseconds. */
const pausesMs: Readonly<Record<Found, number>> = { own: 300_000, none: 0, others: 10_000, unclear: 10_000 }
const mostProjects = 10_000
const unclear =
  'Label Studio lists no backend of the project, or several, at the host of this server, or none whose webhook this is'

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
          known.set(key, performance.now() + pausesMs[found])
          // Label Studio makes the webhook only after its first `/setup`.
          if (found === 'none' && !isFirst) sayOnce(key, { project, host }, 'no webhook of the project leads here')
          if (found === 'unclear') sayOnce(key, { project, host }, unclear)
        },
        error => {
          known.set(key, performance.now() + pausesMs.unclear)
          if (labelStudio.signal?.aborted !== true)
            sayOnce(key, { project, reason: messageOf(error) }, 'its webhook could not be given credentials')
        },
      )
    },
  }

  function sayOnce(key: string, about: object, problem: string): void {
    const name = `${key}\n${problem}`
    if (told.has(name)) return
    told.add(name)
    log.warn(about, `${problem}: events without them are refused; see docs/operations.md, Access`)
  }

  async function signAll(project: string, host: string): Promise<Found> {
    client ??= import('./client.ts').then(({ openLabelStudio }) => openLabelStudio(labelStudio))
    const { webhooks, backends, changeWebhook } = await client
    const near = (await webhooks(project)).filter(({ url }) => isOn(url, host) && /\/webhook\/?$/.test(url))
    if (near.length === 0) return 'none'
    const authorization = `Bearer ${secret()}`
    const shown = near.map(webhook => ({ ...webhook, authorization: authorizationOf(webhook) }))
    // Somebody gave it the credentials of the server, which do as well.
    const mine = shown.filter(({ authorization: own }) => own === undefined || /^bearer /i.test(own))
    if (mine.length === 0) return 'others'
    const unsigned = mine.filter(({ authorization: own }) => own !== authorization)
    if (unsigned.length === 0) return 'own'
    const address = eventAddress(await backends(project), host)
    const own = unsigned.filter(({ url }) => withoutSlash(url) === address)
    for (const { id, url, headers } of own) {
      const others = Object.entries(headers).filter(([name]) => name.toLowerCase() !== 'authorization')
      // Newer Label Studios switch a webhook off that was refused a few times.
      await changeWebhook(id, {
        headers: { ...Object.fromEntries(others), Authorization: authorization },
        isActive: true,
      })
      log.info({ project, webhook: url }, 'the webhook of the project shows credentials from now on')
    }
    return own.length > 0 || unsigned.length < mine.length ? 'own' : 'unclear'
  }
}

function authorizationOf({ headers }: Pick<ProjectWebhook, 'headers'>): string | undefined {
  return Object.entries(headers).find(([name]) => name.toLowerCase() === 'authorization')?.[1]
}

/**
 * Where Label Studio sends the events for this server: the host alone, which whoever calls may claim, and behind which there may be other services, would not tell.
 *
 * @returns undefined unless there is one backend of the project at that host
 */
function eventAddress(backends: readonly { readonly url: string }[], host: string): string | undefined {
  const [url, ...others] = new Set(backends.filter(({ url }) => isOn(url, host)).map(({ url }) => withoutSlash(url)))
  return url === undefined || others.length > 0 ? undefined : `${url}/webhook`
}

/** Whoever asks may leave the usual port out, or name it. */
function isOn(url: string, host: string): boolean {
  if (!URL.canParse(url)) return false
  const target = new URL(url)
  const asked = `${target.protocol}//${host}`
  return URL.canParse(asked) && target.host === new URL(asked).host
}
