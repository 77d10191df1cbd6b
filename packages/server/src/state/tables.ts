import type { Generated } from 'kysely'

/*
 * The tables of the embedded database. Times are milliseconds since 1970; `json…` columns hold JSON; booleans are 0 and 1.
 */

export interface ProjectTable {
  readonly project: string
  labelConfig: string | null
  /** The binding of Label Studio 0.4–0.6, where no label config is known. */
  legacySchema: string | null
  /** Where Label Studio says that it is, and the token that it gave; from `/setup`. */
  hostname: string | null
  accessToken: string | null
  /** Annotations that came, changed or went since the last training began. */
  changes: Generated<number>
}

export interface TaskTable {
  readonly project: string
  readonly taskId: string
  /** A `TaskRecord`. */
  json: string
  updatedAt: number
  /** Set when it was deleted: a late event must not bring it back. */
  deletedAt: number | null
}

export interface AnnotationTable {
  readonly project: string
  readonly annotationId: string
  taskId: string
  /** An `AnnotationRecord`; empty once deleted. */
  json: string
  updatedAt: number
  wasCancelled: number
  deletedAt: number | null
  /** When it was last stored, by our clock. */
  storedAt: number
}

export interface JobTable {
  readonly id: string
  readonly project: string
  state: string
  /** `JobCause[]` */
  jsonCauses: string
  /** `params` of the request, for the train function. */
  jsonParams: string
  createdAt: number
  startedAt: number | null
  endedAt: number | null
  /** 1: annotations are fetched from Label Studio first. */
  fetches: number
  /** Page from which fetching goes on. */
  fetchPage: number
  /** When the fetching began: what was not seen since is gone from Label Studio. */
  fetchStartedAt: number | null
  progress: number
  message: string | null
  itemCount: number | null
  /** `Record<reason, count>` */
  jsonSkipped: string
  /** `Metrics` */
  jsonMetrics: string | null
  version: string | null
  /** `{ code, message }` */
  jsonError: string | null
  /** `string[]` */
  jsonLogTail: string
  attempts: number
  /** The process that runs it: `<host>:<pid>:<instance>`. */
  owner: string | null
  heartbeatAt: number | null
  /** The training process. */
  childPid: number | null
  /** Not used any more. */
  stagingDirectory: string | null
  /** 1: its maker runs it, with data of his own; nobody else can begin it again. */
  foreground: number
  /** Who wants it to end, for the process that runs it. */
  cancelledBy: string | null
}

export interface Tables {
  projects: ProjectTable
  tasks: TaskTable
  annotations: AnnotationTable
  jobs: JobTable
}
