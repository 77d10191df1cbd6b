import { compileSchema, HtxError, messageOf, openCredentials } from '@htx/core'
import ky, { HTTPError, type KyInstance, TimeoutError } from 'ky'
import { type Static, Type } from 'typebox'
import { refusal } from './refusal.ts'

export interface LabelStudioSettings {
  /** Such as `http://localhost:8080`, with a path when it lies under one. */
  readonly url: string
  /** A legacy token, a personal access token or an access token. */
  readonly token: string
  readonly signal?: AbortSignal
  onRetry?(retry: { readonly attempt: number; readonly reason: string }): void
}

/** A page of a project's tasks. */
export interface TaskPage {
  /** From 1. */
  readonly page: number
  /** With their annotations, as they came. */
  readonly tasks: readonly unknown[]
  /** Tasks on all pages. */
  readonly total: number | undefined
}

/** What a training needs of Label Studio's API. */
export interface LabelStudioClient {
  project(id: string): Promise<{ readonly labelConfig: string }>
  /** Tasks that have annotations, page by page: a listing can go on where it was. */
  annotatedTasks(
    project: string,
    options?: { readonly fromPage?: number; readonly pageSize?: number },
  ): AsyncGenerator<TaskPage>
}

const attempts = 6
const requestTimeoutMs = 60_000
const longestPauseMs = 60_000
const statusesToRetry = [408, 425, 429, 500, 502, 503, 504]

const checkProject = answerReader<{ label_config: string }>(Type.Object({ label_config: Type.String() }))
const TaskListSchema = Type.Object({
  tasks: Type.Array(Type.Unknown()),
  total: Type.Optional(Type.Union([Type.Number(), Type.Null()])),
})
const checkTasks = answerReader<Static<typeof TaskListSchema>>(TaskListSchema)
const checkExport = answerReader<unknown[]>(Type.Array(Type.Unknown()))

/**
 * A client of Label Studio's API; nothing is asked before the first call. What passes (429, 5xx, broken connections) is tried again with
 * growing pauses, as long as Label Studio says if it says so.
 *
 * Its calls throw HtxError `HTX_LABEL_STUDIO_UNREACHABLE`, `HTX_LABEL_STUDIO_REFUSED`, and the reason of the signal.
 */
export function openLabelStudio(settings: LabelStudioSettings): LabelStudioClient {
  const base = `${settings.url.replace(/\/+$/, '')}/`
  const http = openHttp(settings, base)
  const credentials = openCredentials(settings.token, refresh =>
    asked(() => http.post('api/token/refresh/', { json: { refresh } }).json<{ access?: unknown }>()),
  )
  return { project, annotatedTasks }

  async function project(id: string): Promise<{ labelConfig: string }> {
    const { label_config: labelConfig } = checkProject(await get(`api/projects/${encodeURIComponent(id)}/`))
    return { labelConfig }
  }

  async function* annotatedTasks(id: string, { fromPage = 1, pageSize = 100 } = {}): AsyncGenerator<TaskPage> {
    // A listing that goes on does not know what came before: it ends beyond the last page.
    let given = 0
    for (let page = fromPage; ; page += 1) {
      const listed = await getPage(id, page, pageSize)
      if (listed === undefined && page === 1) yield await exported(id)
      if (listed === undefined || listed.tasks.length === 0) return
      const { tasks, total } = listed
      given += tasks.length
      yield { page, tasks, total: total ?? undefined }
      // Pages may be shorter than asked for; where the number of tasks is not told, the last one is.
      if (typeof total === 'number' ? given >= total : tasks.length < pageSize) return
    }
  }

  /** @returns undefined beyond the last page, and where the route is not known */
  async function getPage(
    id: string,
    page: number,
    pageSize: number,
  ): Promise<Static<typeof TaskListSchema> | undefined> {
    const search = { project: id, page: String(page), page_size: String(pageSize), fields: 'all', query: annotatedOnly }
    const answer = await asked(() =>
      request('api/tasks/', search).catch(error => {
        if (isStatus(error, 404)) return undefined
        throw error
      }),
    )
    return answer === undefined ? undefined : checkTasks(answer)
  }

  /** Label Studio 1.0–1.3 has no such list; everything at once then. */
  async function exported(id: string): Promise<TaskPage> {
    const tasks = checkExport(await get(`api/projects/${encodeURIComponent(id)}/export`, { exportType: 'JSON' }))
    return { page: 1, tasks, total: tasks.length }
  }

  function get(path: string, searchParams: Record<string, string> = {}): Promise<unknown> {
    return asked(() => request(path, searchParams))
  }

  /** A token that is refused may have run out a moment ago. */
  async function request(path: string, searchParams: Record<string, string>): Promise<unknown> {
    const ask = async (fresh: boolean) => {
      const authorization = await credentials.authorization({ fresh })
      return http.get(path, { searchParams, headers: { authorization } }).json<unknown>()
    }
    return ask(false).catch(error => {
      if (!isStatus(error, 401) || !credentials.canRenew) throw error
      return ask(true)
    })
  }

  async function asked<T>(ask: () => Promise<T>): Promise<T> {
    try {
      return await ask()
    } catch (error) {
      settings.signal?.throwIfAborted()
      if (error instanceof HtxError) throw error
      throw refusal(error, settings.url)
    }
  }
}

/** Skipped tasks count: whether they are used is the training's choice. Source: filters of the data manager, `/api/tasks`. */
const annotatedOnly = JSON.stringify({
  filters: {
    conjunction: 'or',
    items: ['total_annotations', 'cancelled_annotations'].map(field => ({
      filter: `filter:tasks:${field}`,
      operator: 'greater',
      type: 'Number',
      value: 0,
    })),
  },
  ordering: ['tasks:id'],
})

function isStatus(error: unknown, status: number): boolean {
  return error instanceof HTTPError && error.response.status === status
}

function openHttp({ signal, onRetry }: LabelStudioSettings, prefixUrl: string): KyInstance {
  return ky.create({
    prefixUrl,
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
      beforeRetry: [({ error, retryCount }) => onRetry?.({ attempt: retryCount, reason: retryReason(error) })],
    },
  })
}

function retryReason(error: Error): string {
  if (error instanceof HTTPError) return `Label Studio answered ${error.response.status}`
  return error instanceof TimeoutError ? 'Label Studio did not answer in time' : messageOf(error)
}

function answerReader<T>(schema: Type.TSchema): (value: unknown) => T {
  return compileSchema<T>(schema, { code: 'HTX_LABEL_STUDIO_UNREACHABLE', what: 'the answer of Label Studio' })
}
