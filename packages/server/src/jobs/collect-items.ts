import { type AnnotatedTask, HtxError, messageOf, readAnnotatedTask } from '@htx/core'
import { readCaller } from '../label-studio/callers.ts'
import { openLabelStudio } from '../label-studio/client.ts'
import type { Job } from '../state/job.ts'
import type { State } from '../state/open-state.ts'
import type { JobLog } from './job-log.ts'
import type { TrainingSettings } from './training-settings.ts'

/** Reads tasks as they came; what is none is counted by reason. */
export function readTasks(values: readonly unknown[], skipped: Record<string, number>): AnnotatedTask[] {
  const tasks: AnnotatedTask[] = []
  for (const value of values) {
    const read = readAnnotatedTask(value)
    if (typeof read === 'string') skipped[read] = (skipped[read] ?? 0) + 1
    else tasks.push(read)
    for (const reason of typeof read === 'string' ? [] : read.malformed) skipped[reason] = (skipped[reason] ?? 0) + 1
  }
  return tasks
}

/**
 * Brings the annotations of a project here from Label Studio's API, page by page; a job that begins again goes on where it was. Where
 * that cannot be done and events have brought annotations already, the training goes on with those.
 */
export async function collectItems(
  job: Job,
  { state, training }: { readonly state: State; readonly training: TrainingSettings },
  log: JobLog,
  signal: AbortSignal,
): Promise<Readonly<Record<string, number>>> {
  const { project } = job
  const skipped: Record<string, number> = {}
  // Counted before: the first pages of a listing that breaks off are no training set.
  const known = job.fetchPage === 1 ? await state.items.count(project, training) : 0
  try {
    await fetchAll()
  } catch (error) {
    signal.throwIfAborted()
    if (known < Math.max(1, training.minAnnotations)) throw error
    log.line(`WARN annotations could not be fetched: ${messageOf(error)}`)
    log.line(`WARN the training goes on with the ${known} that Label Studio's events brought`)
  }
  return skipped

  async function fetchAll(): Promise<void> {
    const { url, token } = await addressOf(project, state, training)
    log.line(`INFO fetching the annotations of project ${project} from ${url}`)
    const client = openLabelStudio({
      url,
      token,
      signal,
      onRetry: ({ attempt, reason }) => log.line(`WARN ${reason}; attempt ${attempt + 1}`),
    })
    const { labelConfig } = await client.project(project)
    await state.projects.remember(project, { labelConfig })
    const startedAt = job.fetchStartedAt ?? state.items.beginListing()
    await state.jobs.update(job.id, { fetchStartedAt: startedAt })
    let fetched = 0
    // A task that is deleted meanwhile moves others to pages that were read already.
    let isWhole = job.fetchPage === 1
    let before: number | undefined
    for await (const { page, tasks, total } of client.annotatedTasks(project, { fromPage: job.fetchPage })) {
      await state.items.put(project, readTasks(tasks, skipped), { listedAt: startedAt })
      fetched += tasks.length
      if (before !== undefined && total !== before) isWhole = false
      before = total
      await state.jobs.update(job.id, {
        fetchPage: page + 1,
        message: `fetched ${fetched}${total === undefined ? '' : ` of ${total}`} tasks`,
      })
    }
    if (before !== undefined && fetched < before) isWhole = false
    const gone = isWhole ? await state.items.deleteUnlisted(project, startedAt) : 0
    log.line(`INFO ${fetched} tasks fetched; ${gone} annotations are not there any more`)
    for (const [reason, count] of Object.entries(skipped)) log.line(`WARN ${count} left out: ${reason}`)
  }
}

/** The operator's Label Studio, else the one that sent `/setup`; each with its own token only, as for files. */
async function addressOf(
  project: string,
  state: State,
  { labelStudio }: TrainingSettings,
): Promise<{ url: string; token: string }> {
  const known = await state.projects.get(project)
  const { url, apiKey: token } = labelStudio ?? readCaller(known?.hostname, known?.accessToken) ?? {}
  if (url !== undefined && token !== undefined) return { url, token }
  const missing = url === undefined ? 'its address is not known' : 'there is no token for it'
  throw new HtxError(
    'HTX_TRAINING_DATA_MISSING',
    `the annotations of project ${project} cannot be fetched from Label Studio: ${missing}. Set LABEL_STUDIO_URL and LABEL_STUDIO_API_KEY`,
  )
}
