import { randomUUID } from 'node:crypto'
import type { Selectable, Updateable } from 'kysely'
import type { Job, JobCause, JobState } from './job.ts'
import type { JobTable } from './tables.ts'

export interface NewJob {
  readonly project: string
  readonly cause: JobCause
  readonly params?: Readonly<Record<string, unknown>>
  readonly fetches?: boolean
  /** What of its annotations is left out already, by reason. */
  readonly skipped?: Readonly<Record<string, number>>
}

/** What changes while a job lives. */
export type JobUpdate = Partial<
  Pick<
    Job,
    | 'fetches'
    | 'fetchPage'
    | 'fetchStartedAt'
    | 'progress'
    | 'message'
    | 'itemCount'
    | 'skipped'
    | 'metrics'
    | 'version'
    | 'error'
    | 'logTail'
    | 'childPid'
  >
>

export function newRow(
  { project, cause, params = {}, fetches = false, skipped = {} }: NewJob,
  state: JobState,
): Selectable<JobTable> {
  return {
    id: randomUUID(),
    project,
    state,
    jsonCauses: JSON.stringify([cause]),
    jsonParams: JSON.stringify(params),
    createdAt: Date.now(),
    startedAt: null,
    endedAt: null,
    fetches: fetches ? 1 : 0,
    fetchPage: 1,
    fetchStartedAt: null,
    progress: 0,
    message: null,
    itemCount: null,
    jsonSkipped: JSON.stringify(skipped),
    jsonMetrics: null,
    version: null,
    jsonError: null,
    jsonLogTail: '[]',
    attempts: 0,
    owner: null,
    heartbeatAt: null,
    childPid: null,
    stagingDirectory: null,
    foreground: 0,
    cancelledBy: null,
  }
}

/** The columns of a listing that has not begun. */
export const fromFirstPage = { fetches: 1, fetchPage: 1, fetchStartedAt: null }

/** What changes of a job that waits when another request joins it. */
export function joinColumns(
  waiting: Selectable<JobTable>,
  { cause, params = {}, fetches = false, skipped }: NewJob,
): Partial<Selectable<JobTable>> {
  return {
    jsonCauses: JSON.stringify([...JSON.parse(waiting.jsonCauses).slice(-99), cause]),
    jsonParams: JSON.stringify({ ...JSON.parse(waiting.jsonParams), ...params }),
    // Pages that were read before may have changed since.
    ...(fetches ? fromFirstPage : {}),
    ...(skipped === undefined ? {} : { jsonSkipped: JSON.stringify(skipped) }),
  }
}

export function toColumns(update: JobUpdate): Updateable<JobTable> {
  const { skipped, metrics, error, logTail, fetches, ...plain } = update
  return {
    ...(plain as Updateable<JobTable>),
    ...(fetches === undefined ? {} : { fetches: fetches ? 1 : 0 }),
    ...(skipped === undefined ? {} : { jsonSkipped: JSON.stringify(skipped) }),
    ...(metrics === undefined ? {} : { jsonMetrics: JSON.stringify(metrics) }),
    ...(error === undefined ? {} : { jsonError: JSON.stringify(error) }),
    ...(logTail === undefined ? {} : { jsonLogTail: JSON.stringify(logTail) }),
  }
}

export function toJob(row: Selectable<JobTable>): Job {
  return {
    id: row.id,
    project: row.project,
    state: row.state as JobState,
    causes: JSON.parse(row.jsonCauses),
    params: JSON.parse(row.jsonParams),
    createdAt: row.createdAt,
    startedAt: row.startedAt ?? undefined,
    endedAt: row.endedAt ?? undefined,
    fetches: row.fetches === 1,
    fetchPage: row.fetchPage,
    fetchStartedAt: row.fetchStartedAt ?? undefined,
    progress: row.progress,
    message: row.message ?? undefined,
    itemCount: row.itemCount ?? undefined,
    skipped: JSON.parse(row.jsonSkipped),
    metrics: row.jsonMetrics === null ? undefined : JSON.parse(row.jsonMetrics),
    version: row.version ?? undefined,
    error: row.jsonError === null ? undefined : JSON.parse(row.jsonError),
    logTail: JSON.parse(row.jsonLogTail),
    attempts: row.attempts,
    owner: row.owner ?? undefined,
    heartbeatAt: row.heartbeatAt ?? undefined,
    childPid: row.childPid ?? undefined,
    foreground: row.foreground === 1,
  }
}
