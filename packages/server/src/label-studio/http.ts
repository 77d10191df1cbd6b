import { HtxError, messageOf, openCredentials } from '@htx/core'
import ky, { HTTPError, type KyInstance, TimeoutError } from 'ky'
import { refusal } from './refusal.ts'

export interface LabelStudioSettings {
  /** Such as `http://localhost:8080`, with a path when it lies under one. */
  readonly url: string
  /** A legacy token, a personal access token or an access token. */
  readonly token: string
  readonly signal?: AbortSignal
  onRetry?(retry: { readonly attempt: number; readonly reason: string }): void
}

/** Requests to Label Studio's API, in the name of the token's owner. */
export interface LabelStudioHttp {
  get(path: string, search?: Readonly<Record<string, string>>): Promise<unknown>
  /** @returns undefined where Label Studio has no such route, or nothing there */
  find(path: string, search?: Readonly<Record<string, string>>): Promise<unknown>
  /** Is sent once: what changes something must not happen twice because an answer was lost. */
  post(path: string, body: unknown): Promise<unknown>
  /** As `post`. */
  patch(path: string, body: unknown): Promise<unknown>
}

type Ask = (options: { readonly headers: { readonly authorization: string } }) => Promise<unknown>

const attempts = 6
const requestTimeoutMs = 60_000
/** What is sent may be long, and Label Studio writes all of it before it answers. */
const postTimeoutMs = 300_000
const longestPauseMs = 60_000
const statusesToRetry = [408, 425, 429, 500, 502, 503, 504]

/** Nothing is asked before the first call. */
export function openHttp(settings: LabelStudioSettings): LabelStudioHttp {
  const http = openKy(settings)
  const credentials = openCredentials(settings.token, refresh =>
    asked(() => http.post('api/token/refresh/', { json: { refresh } }).json<{ access?: unknown }>()),
  )
  const getOnce = (path: string, searchParams: Readonly<Record<string, string>>) =>
    authorized(options => http.get(path, { ...options, searchParams }).json<unknown>())
  return {
    get: (path, search = {}) => asked(() => getOnce(path, search)),
    find: (path, search = {}) =>
      asked(() =>
        getOnce(path, search).catch(error => {
          if (isStatus(error, 404)) return undefined
          throw error
        }),
      ),
    post: (path, json) => send('post', path, json),
    patch: (path, json) => send('patch', path, json),
  }

  function send(method: 'post' | 'patch', path: string, json: unknown): Promise<unknown> {
    const once = { method, json, retry: 0, timeout: postTimeoutMs }
    return asked(() => authorized(options => http(path, { ...options, ...once }).json<unknown>()))
  }

  /** A token that is refused may have run out a moment ago. */
  async function authorized(ask: Ask): Promise<unknown> {
    const askWith = async (fresh: boolean) =>
      ask({ headers: { authorization: await credentials.authorization({ fresh }) } })
    return askWith(false).catch(error => {
      if (!isStatus(error, 401) || !credentials.canRenew) throw error
      return askWith(true)
    })
  }

  async function asked<T>(ask: () => Promise<T>): Promise<T> {
    try {
      return await ask()
    } catch (error) {
      settings.signal?.throwIfAborted()
      if (error instanceof HtxError) throw error
      throw await refusal(error, settings.url)
    }
  }
}

function isStatus(error: unknown, status: number): boolean {
  return error instanceof HTTPError && error.response.status === status
}

function openKy({ url, signal, onRetry }: LabelStudioSettings): KyInstance {
  return ky.create({
    prefixUrl: `${url.replace(/\/+$/, '')}/`,
    timeout: requestTimeoutMs,
    // The token must not follow to wherever it is told to.
    redirect: 'manual',
    ...(signal === undefined ? {} : { signal }),
    retry: {
      limit: attempts - 1,
      methods: ['get', 'post'],
      statusCodes: statusesToRetry,
      afterStatusCodes: [413, 429, 503],
      maxRetryAfter: longestPauseMs,
      backoffLimit: longestPauseMs,
      jitter: true,
      retryOnTimeout: true,
    },
    hooks: {
      afterResponse: [wholeBody],
      beforeRetry: [({ error, retryCount }) => onRetry?.({ attempt: retryCount, reason: retryReason(error) })],
    },
  })
}

/** Reads an answer to its end while it can be asked for again: it may break off inside its body. */
async function wholeBody({ method }: Request, _options: unknown, response: Response): Promise<Response | undefined> {
  return method === 'GET' && response.ok ? new Response(await response.arrayBuffer(), response) : undefined
}

function retryReason(error: Error): string {
  if (error instanceof HTTPError) return `Label Studio answered ${error.response.status}`
  return error instanceof TimeoutError ? 'Label Studio did not answer in time' : messageOf(error)
}
