import { recordings } from '../../test/support/fixtures.ts'

interface PredictBody {
  readonly tasks: readonly { readonly id: number; readonly data: Readonly<Record<string, unknown>> }[]
  readonly project: string
  readonly label_config: string
  readonly params: Readonly<Record<string, unknown>>
}

/** What Label Studio 1.23.2 sent to /predict, recorded, with its first task repeated. */
export function predictBody(taskCount: number, change: Partial<PredictBody> = {}): string {
  const recorded = recordings('label-studio-1.23.2').get('sentiment.json') ?? []
  const body = recorded.find(({ path }) => path === '/predict')?.body as unknown as PredictBody
  const [task] = body.tasks
  const tasks = Array.from({ length: taskCount }, (_, place) => ({ ...task, id: place + 1 }))
  return JSON.stringify({ ...body, tasks, ...change })
}

/** Whether a server answers each of a request's tasks with one region. */
export async function answersRightly(url: string, body: string, taskCount: number): Promise<boolean> {
  const response = await fetch(`${url}/predict`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body,
  })
  if (response.status !== 200) return false
  const { results } = (await response.json()) as { results: { result?: unknown[] }[] }
  return results.length === taskCount && results.every(({ result }) => result?.length === 1)
}

const oneTask = predictBody(1)

/** Whether a server is ready: the same question for all of them. */
export function answersOneTask(url: string): Promise<boolean> {
  return answersRightly(url, oneTask, 1)
}
