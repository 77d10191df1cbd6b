import { checkExport, checkTasks } from './answers.ts'
import type { LabelStudioHttp } from './http.ts'

/** A page of a project's tasks. */
export interface TaskPage {
  /** From 1. */
  readonly page: number
  /** With their annotations and predictions, as they came. */
  readonly tasks: readonly unknown[]
  /** Tasks on all pages. */
  readonly total: number | undefined
}

export interface ListTasksOptions {
  readonly fromPage?: number
  readonly pageSize?: number
  /** Only tasks that have some of these. Default: all tasks. */
  readonly having?: 'annotations' | 'predictions'
}

/**
 * Tasks page by page, by id: a listing can go on where it was. It asks the list only; asking for one task makes Label Studio ask its
 * backends.
 */
export async function* listTasks(
  http: LabelStudioHttp,
  project: string,
  { fromPage = 1, pageSize = 100, having }: ListTasksOptions = {},
): AsyncGenerator<TaskPage> {
  // A listing that goes on does not know what came before: it ends beyond the last page.
  let given = 0
  for (let page = fromPage; ; page += 1) {
    const answer = await http.find('api/tasks/', {
      project,
      page: String(page),
      page_size: String(pageSize),
      fields: 'all',
      query: queryFor(having),
    })
    // Label Studio 1.0–1.3 has no such list; everything at once then.
    if (answer === undefined && page === 1) yield await exported(http, project, having)
    if (answer === undefined) return
    const { tasks, total } = checkTasks(answer)
    if (tasks.length === 0) return
    given += tasks.length
    yield { page, tasks, total: total ?? undefined }
    // Pages may be shorter than asked for; where the number of tasks is not told, the last one is.
    if (typeof total === 'number' ? given >= total : tasks.length < pageSize) return
  }
}

async function exported(http: LabelStudioHttp, project: string, having: ListTasksOptions['having']): Promise<TaskPage> {
  const search = { exportType: 'JSON', ...(having === 'annotations' ? {} : { download_all_tasks: 'true' }) }
  const tasks = checkExport(await http.get(`api/projects/${encodeURIComponent(project)}/export`, search))
  return { page: 1, tasks, total: tasks.length }
}

const countersOf = {
  // Skipped tasks count: whether they are used is the training's choice.
  annotations: ['total_annotations', 'cancelled_annotations'],
  predictions: ['total_predictions'],
}

/** Source: filters of the data manager, `/api/tasks`. */
function queryFor(having: ListTasksOptions['having']): string {
  const ordering = ['tasks:id']
  if (having === undefined) return JSON.stringify({ ordering })
  const items = countersOf[having].map(field => ({
    filter: `filter:tasks:${field}`,
    operator: 'greater',
    type: 'Number',
    value: 0,
  }))
  return JSON.stringify({ filters: { conjunction: 'or', items }, ordering })
}
