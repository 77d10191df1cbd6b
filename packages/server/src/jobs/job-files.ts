import { join } from 'node:path'

const jobsFolder = '.jobs'
export const logSuffix = '.log'

/** Files of a job while it runs; its name begins with a dot, so that nobody takes it for a project. */
export function jobDirectory(modelsDir: string, job: string): string {
  return join(modelsDir, jobsFolder, job)
}

/** Stays when the job is over. */
export function jobLogFile(modelsDir: string, job: string): string {
  return join(modelsDir, jobsFolder, `${job}${logSuffix}`)
}

export function jobsDirectory(modelsDir: string): string {
  return join(modelsDir, jobsFolder)
}
