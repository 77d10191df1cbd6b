import { rm } from 'node:fs/promises'
import { messageOf } from '@htx/core'
import type { Job } from '../state/job.ts'
import { jobDirectory } from './job-files.ts'
import { isSameHost, type OwnerWatch } from './owner.ts'
import { endGroup, endMarked, isRunning } from './process-group.ts'
import type { RunJobSettings } from './run-job-settings.ts'

type RecoverSettings = Pick<RunJobSettings, 'state' | 'store' | 'log'> & { readonly owners: OwnerWatch }

/** A job whose server was killed is begun once more. */
const mostAttempts = 2

/**
 * Finds jobs that a process which has ended left as «running»: what is left of their processes is ended and removed; they wait again, or
 * end with a reason; one whose version is published has succeeded.
 *
 * @param isMine true for a job that this process runs
 * @returns how many there were
 */
export async function recoverJobs(
  settings: RecoverSettings,
  isMine: (id: string) => boolean = () => false,
): Promise<number> {
  const { state, owners, store, log } = settings
  const lost = (await state.jobs.inState('running')).filter(job => !isMine(job.id) && owners.isGone(job))
  for (const job of lost) {
    await removeLeftovers(job, settings)
    const before = job.owner ?? ''
    if (job.version !== undefined && (await store.fingerprint(job.project, job.version)) !== undefined) {
      await state.jobs.end(job.id, before, 'succeeded', { progress: 1 })
    } else if (job.attempts < mostAttempts && !job.foreground) {
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
  const { childPid, id, owner, project } = job
  if (childPid !== undefined && isSameHost(owner) && (await isRunning(childPid, id))) {
    await endGroup(childPid, 'SIGKILL')
  }
  if (isSameHost(owner)) await endMarked(jobDirectory(store.directory, id))
  const directory = jobDirectory(store.directory, id)
  // It may have been killed before it could say where it works.
  const removeStaged = () => store.discardStaged(project, id)
  for (const remove of [() => rm(directory, { recursive: true, force: true }), removeStaged]) {
    await remove().catch(error =>
      log.warn({ job: id, problem: messageOf(error) }, 'what a lost job left could not be removed'),
    )
  }
}
