import { HtxError } from '@htx/core'
import type { Job } from '../state/job.ts'
import type { RunJobSettings } from './run-job-settings.ts'

export interface Heartbeat {
  /** Aborts when the job was taken over, or another process wants it to end. */
  readonly signal: AbortSignal
  stop(): void
}

const beatMs = 2_000

/** Says of a job that its process is alive, and listens for what other processes want of it. */
export function startHeartbeat(
  job: Job,
  { state, owner, log }: Pick<RunJobSettings, 'state' | 'owner' | 'log'>,
): Heartbeat {
  const controller = new AbortController()
  const timer = setInterval(async () => {
    try {
      const heard = await state.jobs.beat(job.id, owner)
      if (heard === undefined) {
        controller.abort(new HtxError('HTX_JOB_LOST', `job ${job.id} was taken over by another process`))
      } else if (heard.cancelledBy !== undefined) {
        controller.abort(new HtxError('HTX_JOB_CANCELLED', `job ${job.id} was cancelled by ${heard.cancelledBy}`))
      }
    } catch (error) {
      log.warn({ job: job.id, err: error }, 'the heartbeat of a job could not be stored')
    }
  }, beatMs)
  timer.unref()
  return { signal: controller.signal, stop: () => clearInterval(timer) }
}
