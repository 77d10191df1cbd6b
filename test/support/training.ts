import { eventually, type TestServer } from './model-server.ts'

/** A job as `/api/jobs` tells it. */
export interface JobView {
  readonly id: string
  readonly project: string
  readonly state: 'queued' | 'running' | 'succeeded' | 'failed' | 'cancelled'
  readonly causes: readonly { readonly by: string }[]
  readonly progress: number
  readonly message: string | null
  readonly itemCount: number | null
  readonly skipped: Readonly<Record<string, number>>
  readonly metrics: Readonly<Record<string, number>> | null
  readonly version: string | null
  readonly error: { readonly code: string; readonly message: string } | null
  readonly attempts: number
  readonly logTail: readonly string[]
}

/** An annotated task as Label Studio exports it. */
export function annotatedTask(id: number, text: string, choice: string, more: object = {}) {
  const region = { id: 'a', from_name: 'sentiment', to_name: 'text', type: 'choices', value: { choices: [choice] } }
  return { id, data: { text }, annotations: [{ id: 100 + id, result: [region], was_cancelled: false, ...more }] }
}

/** An event as Label Studio ≥ 1.4 sends it. */
export function annotationEvent(
  action: string,
  {
    task,
    annotation,
    text,
    choice,
    updatedAt,
  }: { task: number; annotation: number; text: string; choice: string; updatedAt: string },
) {
  const [made] = annotatedTask(task, text, choice).annotations
  return {
    action,
    annotation: { ...made, id: annotation, task, project: 12, updated_at: updatedAt },
    task: { id: task, data: { text }, meta: {}, project: 12, updated_at: updatedAt },
  }
}

export async function listJobs(
  server: Pick<TestServer, 'url'>,
  project?: string,
  headers: Record<string, string> = {},
): Promise<readonly JobView[]> {
  const query = project === undefined ? '' : `?project=${project}`
  return ((await (await fetch(`${server.url}/api/jobs${query}`, { headers })).json()) as { jobs: JobView[] }).jobs
}

export async function jobOf(server: Pick<TestServer, 'url'>, id: string): Promise<JobView> {
  return (await (await fetch(`${server.url}/api/jobs/${id}`)).json()) as JobView
}

export function untilJob(
  server: Pick<TestServer, 'url'>,
  id: string,
  isRight: (job: JobView) => boolean,
  withinMs?: number,
): Promise<JobView> {
  return eventually(() => jobOf(server, id), isRight, withinMs)
}

export function untilOver(server: Pick<TestServer, 'url'>, id: string, withinMs?: number): Promise<JobView> {
  return untilJob(server, id, ({ state }) => state !== 'queued' && state !== 'running', withinMs)
}
