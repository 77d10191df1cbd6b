import { HtxError } from '@htx/core'
import type { Asker, Job, JobCause } from '../state/job.ts'
import { isOver } from '../state/job.ts'
import type { NewJob } from '../state/job-rows.ts'
import { type OwnerWatch, watchOwners } from './owner.ts'
import type { JobProgress } from './progress-record.ts'
import { recoverJobs } from './recover-jobs.ts'
import { type JobOutcome, runJob } from './run-job.ts'
import type { RunJobSettings } from './run-job-settings.ts'

export interface JobQueueSettings extends RunJobSettings {
  /** Trainings of this process at a time, over all projects. */
  readonly trainJobs: number
  /** Called when a job has ended. */
  onEnd?(job: Job): void
  /** Set when jobs are traced: called when one begins. */
  trace?(job: Job): JobTrace
}

export interface JobTrace extends Required<Pick<RunJobSettings, 'runStage'>> {
  /** @param outcome undefined when not even a reason is known */
  end(outcome: JobOutcome | undefined): void
}

interface RunningJob {
  readonly controller: AbortController
  progress: JobProgress | undefined
  done: Promise<unknown>
}

/** How often jobs of other processes are looked at, milliseconds. */
const lookMs = 5_000

/**
 * Runs the jobs that wait, oldest first: one at a time for a project, so many over all. Several servers may share the state; jobs of one
 * that was killed are found by the others, or by itself when it comes back.
 */
export class JobQueue {
  readonly #settings: JobQueueSettings
  readonly #owners: OwnerWatch
  readonly #running = new Map<string, RunningJob>()
  readonly #listeners = new Set<() => void>()
  #timer: NodeJS.Timeout | undefined
  #filling: Promise<void> | undefined
  #looking: Promise<void> | undefined
  #isWoken = false
  #closed = false

  constructor(settings: JobQueueSettings) {
    this.#settings = settings
    this.#owners = watchOwners(settings.owner)
  }

  /** Recovers jobs that were left behind and begins to work. */
  async start(): Promise<void> {
    await this.#recover()
    this.#wake()
    this.#timer = setInterval(() => {
      this.#looking ??= this.#lookAround().finally(() => {
        this.#looking = undefined
      })
    }, lookMs)
    this.#timer.unref()
  }

  /** Asks for a training: a job that waits takes the request in. */
  async request(job: Omit<NewJob, 'cause'> & { readonly by: string; readonly asker?: Asker }): Promise<Job> {
    if (this.#closed) throw new HtxError('HTX_DRAINING', 'the server is shutting down', { retryAfterSeconds: 5 })
    const { by, asker = {}, ...rest } = job
    const cause: JobCause = { by, at: new Date().toISOString(), ...asker }
    const queued = await this.#settings.state.jobs.enqueue({ ...rest, cause })
    const { id, project } = queued
    this.#settings.log.info({ requestId: asker.request, job: id, project, by }, 'training asked for')
    this.#wake()
    return queued
  }

  /** What a job of this process says of itself just now. */
  progressOf(id: string): JobProgress | undefined {
    return this.#running.get(id)?.progress
  }

  /** True when jobs of this process run. */
  get isBusy(): boolean {
    return this.#running.size > 0
  }

  /** Calls back when something of a job changed. @returns ends it */
  onChange(listener: () => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  /**
   * Cancels a job: one that waits at once, one that runs as soon as its process has ended; one that another process runs is ended by
   * that one, some seconds later.
   *
   * @returns the job as it is then
   * @throws HtxError `HTX_JOB_NOT_FOUND`; `HTX_JOB_CONFLICT` when it is over
   */
  async cancel(id: string, by: string): Promise<Job> {
    const { jobs } = this.#settings.state
    const job = await this.#find(id)
    if (isOver(job)) throw new HtxError('HTX_JOB_CONFLICT', `job ${id} is over: ${job.state}`)
    const running = this.#running.get(id)
    if (running !== undefined) {
      running.controller.abort(new HtxError('HTX_JOB_CANCELLED', `job ${id} was cancelled by ${by}`))
      await running.done
    } else if (!(await jobs.cancelQueued(id))) {
      await jobs.requestCancel(id, by)
    }
    this.#tell()
    return this.#find(id)
  }

  /** Cancels what runs and waits for a project. */
  async cancelProject(project: string, by: string): Promise<void> {
    const { jobs } = this.#settings.state
    for (const job of [...(await jobs.inState('queued')), ...(await jobs.inState('running'))]) {
      if (job.project === project) await this.cancel(job.id, by).catch(() => {})
    }
  }

  /** Takes nothing more; jobs that run are ended and wait for the next server. Idempotent. */
  async close(): Promise<void> {
    this.#closed = true
    clearInterval(this.#timer)
    await this.#looking
    await this.#filling
    const running = [...this.#running.values()]
    for (const { controller } of running) controller.abort(new HtxError('HTX_DRAINING', 'the server is shutting down'))
    await Promise.all(running.map(({ done }) => done))
  }

  async #find(id: string): Promise<Job> {
    const job = await this.#settings.state.jobs.get(id)
    if (job === undefined) throw new HtxError('HTX_JOB_NOT_FOUND', `there is no job ${id}`)
    return job
  }

  #wake(): void {
    this.#isWoken = true
    this.#filling ??= this.#fill().finally(() => {
      this.#filling = undefined
      // Woken in the moment between the last look and now.
      if (this.#isWoken && !this.#closed) this.#wake()
    })
  }

  async #fill(): Promise<void> {
    const { state, owner, trainJobs, log } = this.#settings
    while (this.#isWoken) {
      this.#isWoken = false
      while (!this.#closed && this.#running.size < trainJobs) {
        const job = await state.jobs.claim(owner).catch(error => {
          log.error({ err: error }, 'the queue of jobs cannot be read')
          return undefined
        })
        if (job === undefined) break
        this.#run(job)
      }
    }
  }

  #run(job: Job): void {
    const { log, onEnd, state } = this.#settings
    const running: RunningJob = { controller: new AbortController(), progress: undefined, done: Promise.resolve() }
    this.#running.set(job.id, running)
    const trace = this.#settings.trace?.(job)
    const settings: RunJobSettings = {
      ...this.#settings,
      ...(trace === undefined ? {} : { runStage: trace.runStage }),
      onProgress: progress => {
        running.progress = progress
        this.#tell()
      },
    }
    const causes = job.causes.map(({ by, request }) => ({ by, requestId: request }))
    log.info({ job: job.id, project: job.project, causes }, 'training begins')
    running.done = runJob(job, settings, running.controller.signal)
      .catch(error => {
        log.error({ job: job.id, err: error }, 'a job could not be ended as it should')
        return undefined
      })
      .then(async outcome => {
        trace?.end(outcome)
        this.#running.delete(job.id)
        const ended = await state.jobs.get(job.id)
        if (ended !== undefined && isOver(ended)) onEnd?.(ended)
        this.#tell()
        if (!this.#closed) this.#wake()
      })
      .catch(error => log.error({ job: job.id, err: error }, 'the end of a job could not be told'))
  }

  #tell(): void {
    for (const listener of this.#listeners) listener()
  }

  async #lookAround(): Promise<void> {
    try {
      await this.#recover()
      this.#wake()
    } catch (error) {
      this.#settings.log.error({ err: error }, 'the jobs cannot be looked at')
    }
  }

  async #recover(): Promise<void> {
    const recovered = await recoverJobs({ ...this.#settings, owners: this.#owners }, id => this.#running.has(id))
    if (recovered > 0) this.#tell()
  }
}
