import { mkdir, rm } from 'node:fs/promises'
import { HtxError, isHtxError, messageOf, type StoredVersion, toHtxError } from '@htx/core'
import type { Job } from '../state/job.ts'
import type { JobUpdate } from '../state/job-rows.ts'
import { startHeartbeat } from './heartbeat.ts'
import { jobDirectory, jobLogFile } from './job-files.ts'
import { JobLog } from './job-log.ts'
import { type JobProgress, ProgressRecord } from './progress-record.ts'
import type { RunJobSettings } from './run-job-settings.ts'
import { trainVersion } from './train-version.ts'

/** How a job ended. */
export type JobOutcome =
  | { readonly state: 'succeeded'; readonly version: StoredVersion }
  | { readonly state: 'failed' | 'cancelled'; readonly error: HtxError }

/** Lines of the log that are kept with the job. */
const keptLines = 50

/**
 * Runs a job that this process has taken. Whatever happens, the job ends with a state and a reason, and only a success leaves more than its
 * log.
 *
 * @param ending its reason says how the job ends: `HTX_JOB_CANCELLED` cancels it, `HTX_DRAINING` leaves it for the next server
 */
export async function runJob(job: Job, settings: RunJobSettings, ending: AbortSignal): Promise<JobOutcome> {
  const { state, owner, log } = settings
  const heart = startHeartbeat(job, settings)
  const { outcome, last } = await run(job, settings, AbortSignal.any([ending, heart.signal]))
  heart.stop()
  const about = { job: job.id, project: job.project }
  if (outcome.state === 'succeeded') {
    await state.jobs.end(job.id, owner, 'succeeded', { ...last, progress: 1 })
    log.info({ ...about, version: outcome.version.version }, 'trained')
    return outcome
  }
  const { code, message } = outcome.error
  if (code === 'HTX_DRAINING' && !job.foreground) {
    await state.jobs.giveBack(job.id, owner, { countsAttempt: false })
    log.info(about, 'the training waits for the next server')
    return outcome
  }
  await state.jobs.end(job.id, owner, outcome.state, { ...last, error: { code, message } })
  log.warn({ ...about, code }, `training ${outcome.state}: ${message}`)
  return outcome
}

interface Ended {
  readonly outcome: JobOutcome
  /** The last that is known of its course. */
  readonly last: JobUpdate
}

/** Whoever sees that the job is over finds nothing of it but its log, and that whole. */
async function run(job: Job, settings: RunJobSettings, signal: AbortSignal): Promise<Ended> {
  const { store } = settings
  const directory = jobDirectory(store.directory, job.id)
  try {
    const staged = await store.stage(job.project, job.id)
    await mkdir(directory, { recursive: true, mode: 0o700 }).catch(async error => {
      await store.discard(staged)
      throw error
    })
    const log = new JobLog(jobLogFile(store.directory, job.id), settings.onLine)
    const progress = new ProgressRecord(
      latest => settings.onProgress?.(latest),
      latest => void storeProgress(job.id, latest, log, settings),
    )
    try {
      const version = await trainVersion(job, settings, { directory, staged, log, progress, signal })
      return { outcome: { state: 'succeeded', version }, last: courseOf(progress.latest, log) }
    } catch (error) {
      const outcome = failure(error, signal)
      log.line(`${outcome.error.code}: ${outcome.error.message}`)
      await store
        .discard(staged)
        .catch(problem => log.line(`the working directory was not removed: ${messageOf(problem)}`))
      return { outcome, last: courseOf(progress.latest, log) }
    } finally {
      await log.close()
    }
  } catch (error) {
    // It could not even begin: the disk is full, or the models directory is gone.
    return { outcome: failure(error, signal), last: {} }
  } finally {
    await rm(directory, { recursive: true, force: true }).catch(problem =>
      settings.log.warn({ directory, problem: messageOf(problem) }, 'files of a job could not be removed'),
    )
  }
}

/** What the disk says of itself: no defect of htx. */
const diskProblems = ['ENOSPC', 'EDQUOT', 'EROFS', 'EACCES', 'EPERM', 'EIO', 'EMFILE', 'ENFILE']

function failure(error: unknown, signal: AbortSignal): Exclude<JobOutcome, { state: 'succeeded' }> {
  const reason = signal.aborted ? signal.reason : error
  const { code = '' } = (reason ?? {}) as NodeJS.ErrnoException
  const known = diskProblems.includes(code)
    ? new HtxError(
        'HTX_MODELS_DIR_UNUSABLE',
        `the training could not write its files into the models directory: ${messageOf(reason)}. See to the space and the rights there, and train again`,
        { cause: reason },
      )
    : toHtxError(reason, 'HTX_INTERNAL', 'the training could not be carried out: ')
  return { state: isHtxError(known, 'HTX_JOB_CANCELLED') ? 'cancelled' : 'failed', error: known }
}

async function storeProgress(id: string, latest: JobProgress, log: JobLog, settings: RunJobSettings): Promise<void> {
  await settings.state.jobs
    .update(id, courseOf(latest, log))
    .catch(error => settings.log.warn({ job: id, err: error }, 'the progress of a job could not be stored'))
}

function courseOf({ fraction, message, metrics }: JobProgress, log: JobLog): JobUpdate {
  return {
    progress: fraction,
    logTail: log.lastLines.slice(-keptLines),
    ...(message === undefined ? {} : { message }),
    ...(metrics === undefined ? {} : { metrics }),
  }
}
