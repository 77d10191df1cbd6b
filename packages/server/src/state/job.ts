import type { Metrics } from '@htx/core'

/** `queued → running → succeeded | failed | cancelled`. */
export type JobState = 'queued' | 'running' | 'succeeded' | 'failed' | 'cancelled'

/** Who asked for a training. */
export interface JobCause extends Asker {
  /** Such as `webhook START_TRAINING`, `POST /train`, `htx-train`, `every 10 annotations`. */
  readonly by: string
  /** ISO 8601. */
  readonly at: string
}

/** The request or event behind a training; for `every 10 annotations`, the last event. */
export interface Asker {
  /** Its id in the log. */
  readonly request?: string
  /** Its W3C trace context, when it is traced. */
  readonly traceparent?: string
}

/** One run of a train function for a project. */
export interface Job {
  readonly id: string
  readonly project: string
  readonly state: JobState
  /** Everyone who asked before it began: requests that come while one waits join it. */
  readonly causes: readonly JobCause[]
  readonly params: Readonly<Record<string, unknown>>
  /** Milliseconds since 1970. */
  readonly createdAt: number
  readonly startedAt: number | undefined
  readonly endedAt: number | undefined
  /** True when annotations are fetched from Label Studio first. */
  readonly fetches: boolean
  readonly fetchPage: number
  readonly fetchStartedAt: number | undefined
  /** 0–1. */
  readonly progress: number
  readonly message: string | undefined
  /** Items that were given to the train function. */
  readonly itemCount: number | undefined
  /** Annotations that were left out, by reason. */
  readonly skipped: Readonly<Record<string, number>>
  readonly metrics: Metrics | undefined
  readonly version: string | undefined
  readonly error: JobError | undefined
  readonly logTail: readonly string[]
  /** How often it was begun: more than once when a server was killed. */
  readonly attempts: number
  readonly owner: string | undefined
  readonly heartbeatAt: number | undefined
  readonly childPid: number | undefined
  /** True for one that its maker runs with data of his own, as `htx-train` does: nobody else can begin it again. */
  readonly foreground: boolean
}

export interface JobError {
  readonly code: string
  readonly message: string
}

export function isOver({ state }: Pick<Job, 'state'>): boolean {
  return state !== 'queued' && state !== 'running'
}
