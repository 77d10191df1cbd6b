import { setTimeout as pause } from 'node:timers/promises'
import { type Load, type LoadFigures, runLoad } from './load-run.ts'
import { cpuMsOf, pssMibOf } from './process-tree.ts'
import type { ServerProcess } from './server-process.ts'

/** What a load got from a server, and what the server spent on it. */
export interface RunFigures extends LoadFigures {
  /** CPU time of all threads and processes of the server for one request, milliseconds. */
  readonly cpuMsPerRequest: number
  /** Proportional set size of all its processes right after the load, MiB. */
  readonly pssMib: number
}

/** Loads a server that has been warmed up. */
export async function measureRun(
  server: ServerProcess,
  load: Omit<Load, 'url'>,
  path = '/predict',
): Promise<RunFigures> {
  const cpuMsBefore = pause((load.settleSeconds ?? 0) * 1000).then(() => cpuMsOf(server.pid))
  const figures = await runLoad({ ...load, url: server.url + path })
  const cpuMsPerRequest = (cpuMsOf(server.pid) - (await cpuMsBefore)) / figures.requests
  return { ...figures, cpuMsPerRequest, pssMib: pssMibOf(server.pid) }
}
