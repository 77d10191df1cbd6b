import type { ServerSettings } from './options.ts'
import type { StartMessage } from './pool/messages.ts'

/** What every thread of a pool starts with. @param cacheDir where it keeps the files of tasks */
export function workerStart(settings: ServerSettings, cacheDir: string): Omit<StartMessage, 'control'> {
  return {
    model: settings.model.href,
    trainsElsewhere: settings.train !== undefined,
    options: settings.options,
    batchTasks: settings.batchTasks,
    threads: settings.threads,
    taskData: { cacheDir, ...settings.taskData },
  }
}
