import { type Kysely, type Migration, sql } from 'kysely'

/** Every change of the tables, in order; one that was published is never edited. */
export const migrations: Readonly<Record<string, Migration>> = {
  '0001-projects-items-jobs': {
    async up(db: Kysely<unknown>): Promise<void> {
      await sql`create table projects (
        project text primary key, labelConfig text, legacySchema text, hostname text, accessToken text,
        changes integer not null default 0
      ) strict`.execute(db)
      await sql`create table tasks (
        project text not null, taskId text not null, json text not null, updatedAt real not null, deletedAt real,
        primary key (project, taskId)
      ) strict, without rowid`.execute(db)
      await sql`create table annotations (
        project text not null, annotationId text not null, taskId text not null, json text not null, updatedAt real not null,
        wasCancelled integer not null, deletedAt real, storedAt real not null,
        primary key (project, annotationId)
      ) strict, without rowid`.execute(db)
      await sql`create index annotationsByTask on annotations (project, taskId)`.execute(db)
      await sql`create table jobs (
        id text primary key, project text not null, state text not null, jsonCauses text not null, jsonParams text not null,
        createdAt real not null, startedAt real, endedAt real,
        fetches integer not null, fetchPage integer not null, fetchStartedAt real,
        progress real not null, message text, itemCount integer, jsonSkipped text not null, jsonMetrics text,
        version text, jsonError text, jsonLogTail text not null, attempts integer not null,
        owner text, heartbeatAt real, childPid integer, stagingDirectory text,
        foreground integer not null, cancelledBy text
      ) strict`.execute(db)
      await sql`create index jobsByState on jobs (state, createdAt)`.execute(db)
      // One at a time, whoever runs it; one more that waits.
      await sql`create unique index oneRunning on jobs (project) where state = 'running'`.execute(db)
      await sql`create unique index oneQueued on jobs (project) where state = 'queued'`.execute(db)
    },
  },
}
