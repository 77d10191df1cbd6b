import { open } from 'node:fs/promises'
import { Readable } from 'node:stream'
import { isOver } from '../state/job.ts'
import type { JobStore } from '../state/job-store.ts'
import type { JobQueue } from './job-queue.ts'

export interface FollowLogSettings {
  readonly file: string
  readonly job: string
  readonly jobs: JobStore
  readonly queue: JobQueue
  /** Go on until the job is over; else what there is now. */
  readonly follow: boolean
  isDraining(): boolean
}

/** Jobs of other processes give no word: their logs are looked at this often. Milliseconds. */
const lookMs = 500

/** The log of a job as it grows. */
export function followLog(settings: FollowLogSettings): Readable {
  return Readable.from(chunks(settings), { objectMode: false })
}

async function* chunks({ file, job, jobs, queue, follow, isDraining }: FollowLogSettings): AsyncGenerator<Buffer> {
  let at = 0
  for (;;) {
    const known = await jobs.get(job)
    const isLast = !follow || isDraining() || known === undefined || isOver(known)
    for await (const chunk of readFrom(file, at)) {
      at += chunk.length
      yield chunk
    }
    if (isLast) return
    await changed(queue)
  }
}

async function* readFrom(file: string, start: number): AsyncGenerator<Buffer> {
  const handle = await open(file, 'r').catch(() => undefined)
  if (handle === undefined) return
  try {
    for await (const chunk of handle.createReadStream({ start, autoClose: false })) yield chunk as Buffer
  } finally {
    await handle.close()
  }
}

function changed(queue: JobQueue): Promise<void> {
  return new Promise(resolve => {
    const done = () => {
      clearTimeout(timer)
      stop()
      resolve()
    }
    const stop = queue.onChange(done)
    const timer = setTimeout(done, lookMs)
  })
}
