import { statSync } from 'node:fs'
import { chmod, open, stat } from 'node:fs/promises'
import { HtxError } from '@htx/core'
import { DEFAULT_MIGRATION_TABLE, Kysely, Migrator, type SqliteDatabase, type SqliteStatement, sql } from 'kysely'
import Database from 'libsql'
import { ItemStore } from './item-store.ts'
import { JobStore } from './job-store.ts'
import { migrations } from './migrations.ts'
import { openClock } from './open-clock.ts'
import { PatientSqliteDialect } from './patient-dialect.ts'
import { ProjectStore } from './project-store.ts'
import { stateProblem } from './state-problem.ts'
import type { Tables } from './tables.ts'

/** What a server remembers beside its models: project settings, data items, jobs. */
export interface State {
  readonly projects: ProjectStore
  readonly items: ItemStore
  readonly jobs: JobStore
  close(): Promise<void>
}

/** How long the thread itself waits for the write of another process, milliseconds; most take less. */
const busyMs = 20

/**
 * Opens the embedded database; makes it when it is missing, readable by its owner alone: it holds tokens and people's data. Several
 * processes may share the file. What was written is on disk when the call that wrote it returns.
 *
 * @param onGone called when the file has been deleted or replaced. What is open still writes into the old one, where nobody finds it: nothing is written any more.
 * It must not be closed then, since SQLite would delete the log of the file that is there now.
 * @throws HtxError `HTX_STATE_UNUSABLE`
 */
export async function openState(file: string, onGone: () => void = () => {}): Promise<State> {
  let database: Database.Database | undefined
  try {
    const writtenAt = await lastWrite(file)
    await (await open(file, 'a', 0o600)).close()
    await chmod(file, 0o600)
    database = new Database(file)
    const expectThere = watchIdentity(file, onGone)
    const db = new Kysely<Tables>({
      dialect: new PatientSqliteDialect({ database: writingTransactions(database) }, file, expectThere),
    })
    await sql`pragma busy_timeout = ${sql.lit(busyMs)}`.execute(db)
    await sql`pragma journal_mode = wal`.execute(db)
    await sql`pragma synchronous = full`.execute(db)
    await migrate(db, file)
    const clock = openClock(await lastTime(db, writtenAt))
    return {
      projects: new ProjectStore(db),
      items: new ItemStore(db, clock),
      jobs: new JobStore(db),
      close: () => db.destroy(),
    }
  } catch (error) {
    database?.close()
    throw stateProblem(error, file)
  }
}

/** @returns a check that throws HtxError `HTX_STATE_UNUSABLE` once another file, or none, has that name */
function watchIdentity(file: string, onGone: () => void): () => void {
  const identity = () => {
    const facts = statSync(file, { bigint: true, throwIfNoEntry: false })
    return facts && `${facts.dev}:${facts.ino}`
  }
  const opened = identity()
  let isGone = false
  return () => {
    if (!isGone && identity() === opened) return
    if (!isGone) onGone()
    isGone = true
    throw new HtxError(
      'HTX_STATE_UNUSABLE',
      `${file} was deleted or replaced while it was used. Put it back, or leave it to htx to begin a new one`,
      { retryAfterSeconds: 10 },
    )
  }
}

/**
 * Brings the tables up to date, all or nothing: a process may be killed at any moment, and two may open a new file at once. A file that is up
 * to date is only read, so that whoever holds it for long does not hold up a start.
 */
async function migrate(db: Kysely<Tables>, file: string): Promise<void> {
  const done = await migrationsDone(db)
  const unknown = done.find(name => !(name in migrations))
  if (unknown !== undefined) {
    throw new HtxError(
      'HTX_STATE_UNUSABLE',
      `${file} was written by a newer htx than this one, which does not know its «${unknown}». Nothing of it was changed. Start that htx again, or name another file with --state-file`,
    )
  }
  if (done.length === Object.keys(migrations).length) return
  await db.connection().execute(async connection => {
    // Kysely holds that SQLite cannot change tables within a transaction; it can.
    await sql`begin immediate`.execute(connection)
    try {
      const provider = { getMigrations: async () => ({ ...migrations }) }
      const { error } = await new Migrator({ db: connection, provider }).migrateToLatest()
      if (error !== undefined) throw error
      await sql`commit`.execute(connection)
    } catch (error) {
      await sql`rollback`.execute(connection).catch(() => {})
      throw error
    }
  })
}

/** When the last listing began that a job may go on with, or else the file was written: what comes now comes after it, whatever the clock of the machine says. */
async function lastTime(db: Kysely<Tables>, writtenAt: number): Promise<number> {
  const row = await db
    .selectFrom('jobs')
    .select(({ fn }) => fn.max('fetchStartedAt').as('last'))
    .where('state', 'in', ['queued', 'running'])
    .executeTakeFirst()
  return Math.max(row?.last ?? 0, writtenAt)
}

/** Milliseconds since 1970; 0 for a new file. */
async function lastWrite(file: string): Promise<number> {
  const times = [file, `${file}-wal`].map(path =>
    stat(path).then(
      ({ mtimeMs }) => Math.ceil(mtimeMs),
      () => 0,
    ),
  )
  return Math.max(...(await Promise.all(times)))
}

async function migrationsDone(db: Kysely<Tables>): Promise<string[]> {
  const tables = await sql<{
    name: string
  }>`select name from sqlite_master where name = ${sql.lit(DEFAULT_MIGRATION_TABLE)}`.execute(db)
  if (tables.rows.length === 0) return []
  const done = await sql<{
    name: string
  }>`select name from ${sql.table(DEFAULT_MIGRATION_TABLE)} order by name`.execute(db)
  return done.rows.map(({ name }) => name)
}

/**
 * A transaction that reads first and then writes fails at once when another process wrote in between; one that takes the lock at its
 * beginning waits for its turn. Statements are kept: one that had to wait stays «in progress», and lets nothing commit, until it is run
 * again; and ours are few.
 */
function writingTransactions(database: Database.Database): SqliteDatabase {
  const statements = new Map<string, SqliteStatement>()
  return {
    prepare(text) {
      const known = statements.get(text)
      if (known !== undefined) return known
      const statement = database.prepare(text === 'begin' ? 'begin immediate' : text) as unknown as SqliteStatement
      statements.set(text, statement)
      return statement
    },
    close: () => {
      // The file stays open as long as one of them is there.
      statements.clear()
      database.close()
    },
  }
}
