import { chmod, open } from 'node:fs/promises'
import { HtxError, messageOf } from '@htx/core'
import { Kysely, Migrator, type SqliteDatabase, type SqliteStatement, sql } from 'kysely'
import Database from 'libsql'
import { ItemStore } from './item-store.ts'
import { JobStore } from './job-store.ts'
import { migrations } from './migrations.ts'
import { PatientSqliteDialect } from './patient-dialect.ts'
import { ProjectStore } from './project-store.ts'
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
 * @throws HtxError `HTX_STATE_UNUSABLE`
 */
export async function openState(file: string): Promise<State> {
  let database: Database.Database | undefined
  try {
    await (await open(file, 'a', 0o600)).close()
    await chmod(file, 0o600)
    database = new Database(file)
    const db = new Kysely<Tables>({ dialect: new PatientSqliteDialect({ database: writingTransactions(database) }) })
    await sql`pragma busy_timeout = ${sql.lit(busyMs)}`.execute(db)
    await sql`pragma journal_mode = wal`.execute(db)
    await sql`pragma synchronous = full`.execute(db)
    await migrate(db)
    return {
      projects: new ProjectStore(db),
      items: new ItemStore(db),
      jobs: new JobStore(db),
      close: () => db.destroy(),
    }
  } catch (error) {
    database?.close()
    throw new HtxError(
      'HTX_STATE_UNUSABLE',
      `${file} must be a SQLite file that this user may write and that this htx knows: ${messageOf(error)}. Change its owner, or name another with --state-file`,
      { cause: error },
    )
  }
}

/** Two processes may open a new file at once: the second waits for the first. */
async function migrate(db: Kysely<Tables>): Promise<void> {
  const migrator = new Migrator({ db, provider: { getMigrations: async () => ({ ...migrations }) } })
  const { error } = await migrator.migrateToLatest()
  if (error !== undefined) throw error
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
      database.close()
    },
  }
}
