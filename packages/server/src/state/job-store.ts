import { HtxError } from '@htx/core'
import { type Kysely, sql } from 'kysely'
import { giveBackJob } from './give-back-job.ts'
import type { Job, JobState } from './job.ts'
import { type JobUpdate, joinColumns, type NewJob, newRow, toColumns, toJob } from './job-rows.ts'
import type { Tables } from './tables.ts'

/** Jobs that are over and still remembered, a project. */
const mostOver = 100

/** The order in which they were made. Their times do not tell it: clocks are set. */
const asMade = sql`jobs.rowid`

/** The jobs of all projects. Several processes may share it: a project has at most one that runs and one that waits. */
export class JobStore {
  readonly #db: Kysely<Tables>

  constructor(db: Kysely<Tables>) {
    this.#db = db
  }

  /** Puts a job into the queue, or joins the one of the project that waits there. */
  async enqueue(job: NewJob): Promise<Job> {
    return this.#db.transaction().execute(async tx => {
      const waiting = await tx
        .selectFrom('jobs')
        .selectAll()
        .where('project', '=', job.project)
        .where('state', '=', 'queued')
        .executeTakeFirst()
      if (waiting === undefined) {
        const row = newRow(job, 'queued')
        await tx.insertInto('jobs').values(row).execute()
        return toJob(row)
      }
      const joined = joinColumns(waiting, job)
      await tx.updateTable('jobs').set(joined).where('id', '=', waiting.id).execute()
      return toJob({ ...waiting, ...joined })
    })
  }

  /** Makes a job that its maker runs at once. @throws HtxError `HTX_JOB_CONFLICT` when one runs for the project */
  async begin(job: NewJob, owner: string): Promise<Job> {
    const now = Date.now()
    const row = { ...newRow(job, 'running'), startedAt: now, owner, heartbeatAt: now, attempts: 1, foreground: 1 }
    return this.#db.transaction().execute(async tx => {
      const running = await runningOf(tx, job.project)
      if (running !== undefined) throw conflict(job.project, running)
      await tx.insertInto('jobs').values(row).execute()
      return toJob(row)
    })
  }

  /** Takes the oldest job that waits and whose project has none that runs. @returns undefined when there is none */
  async claim(owner: string): Promise<Job | undefined> {
    return this.#db.transaction().execute(async tx => {
      const row = await tx
        .selectFrom('jobs')
        .selectAll()
        .where('state', '=', 'queued')
        .where('project', 'not in', tx.selectFrom('jobs').select('project').where('state', '=', 'running'))
        .orderBy(asMade)
        .limit(1)
        .executeTakeFirst()
      if (row === undefined) return undefined
      const now = Date.now()
      const taken = { state: 'running', owner, heartbeatAt: now, startedAt: now, attempts: row.attempts + 1 }
      await tx.updateTable('jobs').set(taken).where('id', '=', row.id).execute()
      return toJob({ ...row, ...taken })
    })
  }

  async get(id: string): Promise<Job | undefined> {
    const row = await this.#db.selectFrom('jobs').selectAll().where('id', '=', id).executeTakeFirst()
    return row === undefined ? undefined : toJob(row)
  }

  /** Newest first. */
  async list({
    project,
    limit = 50,
  }: {
    readonly project?: string | undefined
    readonly limit?: number
  } = {}): Promise<Job[]> {
    const rows = await this.#db
      .selectFrom('jobs')
      .selectAll()
      .$if(project !== undefined, query => query.where('project', '=', project as string))
      .orderBy(asMade, 'desc')
      .limit(limit)
      .execute()
    return rows.map(toJob)
  }

  async inState(state: 'queued' | 'running'): Promise<Job[]> {
    const rows = await this.#db.selectFrom('jobs').selectAll().where('state', '=', state).execute()
    return rows.map(toJob)
  }

  async update(id: string, update: JobUpdate): Promise<void> {
    const columns = toColumns(update)
    if (Object.keys(columns).length > 0) await this.#db.updateTable('jobs').set(columns).where('id', '=', id).execute()
  }

  /** The process that runs it is alive. @returns undefined when the job was taken from it, else who wants it to end */
  async beat(id: string, owner: string): Promise<{ readonly cancelledBy: string | undefined } | undefined> {
    const beaten = await this.#db
      .updateTable('jobs')
      .set({ heartbeatAt: Date.now() })
      .where('id', '=', id)
      .where('state', '=', 'running')
      .where('owner', '=', owner)
      .returning('cancelledBy')
      .executeTakeFirst()
    return beaten === undefined ? undefined : { cancelledBy: beaten.cancelledBy ?? undefined }
  }

  /** Tells the process that runs a job to end it; it hears of that with its next heartbeat. */
  async requestCancel(id: string, by: string): Promise<void> {
    await this.#db.updateTable('jobs').set({ cancelledBy: by }).where('id', '=', id).execute()
  }

  /** Ends a job that its owner runs. @returns false when it was not his any more */
  async end(
    id: string,
    owner: string,
    state: Exclude<JobState, 'queued' | 'running'>,
    update: JobUpdate,
  ): Promise<boolean> {
    const ended = await this.#db
      .updateTable('jobs')
      .set({ ...toColumns(update), state, endedAt: Date.now(), childPid: null, owner: null })
      .where('id', '=', id)
      .where('state', '=', 'running')
      .where('owner', '=', owner)
      .returning('project')
      .executeTakeFirst()
    if (ended !== undefined) await this.#forgetOld(ended.project)
    return ended !== undefined
  }

  /** Cancels a job that waits. @returns false when it does not wait any more */
  async cancelQueued(id: string): Promise<boolean> {
    const cancelled = await this.#db
      .updateTable('jobs')
      .set({ state: 'cancelled', endedAt: Date.now() })
      .where('id', '=', id)
      .where('state', '=', 'queued')
      .executeTakeFirst()
    return Number(cancelled.numUpdatedRows) > 0
  }

  /**
   * Gives a job back that its owner cannot run any more. Where another one of the project waits already, that one does the work, and
   * this one ends.
   *
   * @param owner who is known to have it
   */
  async giveBack(id: string, owner: string, options: { readonly countsAttempt: boolean }): Promise<void> {
    await this.#db.transaction().execute(tx => giveBackJob(tx, id, owner, options))
  }

  async deleteProject(project: string): Promise<void> {
    await this.#db
      .deleteFrom('jobs')
      .where('project', '=', project)
      .where('state', 'not in', ['queued', 'running'])
      .execute()
  }

  async #forgetOld(project: string): Promise<void> {
    const newest = this.#db
      .selectFrom('jobs')
      .select('id')
      .where('project', '=', project)
      .where('state', 'not in', ['queued', 'running'])
      .orderBy(asMade, 'desc')
      .limit(mostOver)
    await this.#db
      .deleteFrom('jobs')
      .where('project', '=', project)
      .where('state', 'not in', ['queued', 'running'])
      .where('id', 'not in', newest)
      .execute()
  }
}

function runningOf(db: Kysely<Tables>, project: string): Promise<{ id: string } | undefined> {
  return db
    .selectFrom('jobs')
    .select('id')
    .where('project', '=', project)
    .where('state', '=', 'running')
    .executeTakeFirst()
}

function conflict(project: string, { id }: { id: string }): HtxError {
  return new HtxError(
    'HTX_JOB_CONFLICT',
    `project ${project} is being trained by job ${id}; wait for it, or cancel it: POST /api/jobs/${id}/cancel`,
  )
}
