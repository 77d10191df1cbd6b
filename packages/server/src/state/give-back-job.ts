import type { Selectable, Transaction, Updateable } from 'kysely'
import { fromFirstPage } from './job-rows.ts'
import type { JobTable, Tables } from './tables.ts'

/** What becomes of a job that its owner cannot run any more: `JobStore.giveBack`, in one transaction. */
export async function giveBackJob(
  tx: Transaction<Tables>,
  id: string,
  owner: string,
  { countsAttempt }: { readonly countsAttempt: boolean },
): Promise<void> {
  const row = await tx
    .selectFrom('jobs')
    .selectAll()
    .where('id', '=', id)
    .where('state', '=', 'running')
    .where('owner', '=', owner)
    .executeTakeFirst()
  if (row === undefined) return
  const waiting = await tx
    .selectFrom('jobs')
    .select('id')
    .where('project', '=', row.project)
    .where('state', '=', 'queued')
    .executeTakeFirst()
  const next = waiting === undefined ? queuedAgain(row, countsAttempt) : leftTo(waiting.id)
  await tx.updateTable('jobs').set(next).where('id', '=', id).execute()
  if (waiting !== undefined && row.fetches === 1)
    await tx.updateTable('jobs').set(fromFirstPage).where('id', '=', waiting.id).execute()
}

const ownerless = { owner: null, heartbeatAt: null, childPid: null }

function queuedAgain({ attempts }: Selectable<JobTable>, countsAttempt: boolean): Updateable<JobTable> {
  return {
    ...ownerless,
    state: 'queued',
    progress: 0,
    message: null,
    attempts: countsAttempt ? attempts : attempts - 1,
  }
}

function leftTo(waiting: string): Updateable<JobTable> {
  const message = `the process that ran it has ended; job ${waiting} does its work`
  return {
    ...ownerless,
    state: 'failed',
    endedAt: Date.now(),
    jsonError: JSON.stringify({ code: 'HTX_JOB_LOST', message }),
  }
}
