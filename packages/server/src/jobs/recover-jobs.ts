import { rm } from 'node:fs/promises'
import { messageOf } from '@htx/core'
import type { Job } from '../state/job.ts'
import { jobDirectory } from './job-files.ts'
import { isGone, isSameHost } from './owner.ts'
import { endGroup, endMarked, isRunning } from './process-group.ts'
import type { RunJobSettings } from './run-job-settings.ts'

type RecoverSettings = Pick<RunJobSettings, 'state' | 'store' | 'owner' | 'log'>

/** A job whose server was killed is begun once more. */
const mostAttempts = 2

/**
 * Finds jobs that a process which has ended left as «running»: what is left of their processes is ended and removed; they wait again, or
 * end with a reason.
 *
 * @param isMine true for a job that this process runs
 * @returns how many there were
 */
export async function recoverJobs(
  settings: RecoverSettings,
  isMine: (id: string) => boolean = () => false,
): Promise<number> {
  const { state, owner, log } = settings
  const lost = (await state.jobs.inState('running')).filter(
    job => !isMine(job.id) && isGone(job.owner, job.heartbeatAt, owner),
  )
  for (const job of lost) {
    await removeLeftovers(job, settings)
    const before = job.owner ?? ''
    if (job.attempts < mostAttempts && job.version === undefined && !job.foreground) {
      log.warn({ job: job.id, project: job.project }, 'the process that ran a training has ended; it begins again')
      await state.jobs.giveBack(job.id, before, { countsAttempt: true })
    } else {
      const times = job.attempts === 1 ? '' : `, ${job.attempts} times`
      const message = `the process that ran it has ended${times}; ask for it again when you know why`
      await state.jobs.end(job.id, before, 'failed', { error: { code: 'HTX_JOB_LOST', message } })
      log.warn({ job: job.id, project: job.project, code: 'HTX_JOB_LOST' }, `training failed: ${message}`)
    }
  }
  return lost.length
}

async function removeLeftovers(job: Job, { store, log }: RecoverSettings): Promise<void> {
  const { childPid, id, owner, stagingDirectory } = job
  if (childPid !== undefined && isSameHost(owner) && (await isRunning(childPid, id))) {
    await endGroup(childPid, 'SIGKILL')
  }
  if (isSameHost(owner)) await endMarked(jobDirectory(store.directory, id))
  for (const path of [jobDirectory(store.directory, id), stagingDirectory]) {
    if (path === undefined) continue
    await rm(path, { recursive: true, force: true }).catch(error =>
      log.warn({ path, problem: messageOf(error) }, 'what a lost job left could not be removed'),
    )
  }
}
