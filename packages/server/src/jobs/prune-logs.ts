import { readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { ModelStore } from '@htx/core'
import type { JobStore } from '../state/job-store.ts'
import { jobsDirectory, logSuffix } from './job-files.ts'

/** Deletes the logs of jobs that are not remembered any more: what a training printed may be people's data. */
export async function pruneLogs(store: ModelStore, jobs: JobStore): Promise<void> {
  const directory = jobsDirectory(store.directory)
  const names = await readdir(directory).catch(() => [])
  for (const name of names.filter(file => file.endsWith(logSuffix))) {
    const job = await jobs.get(name.slice(0, -logSuffix.length))
    if (job === undefined) await rm(join(directory, name), { force: true })
  }
}
