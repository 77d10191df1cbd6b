import { readdir, readFile } from 'node:fs/promises'

/** Sends a signal to a process and all of its group. Does nothing when there is none. */
export async function endGroup(pid: number, signal: 'SIGTERM' | 'SIGKILL'): Promise<void> {
  for (const target of process.platform === 'win32' ? [pid] : [-pid]) {
    try {
      process.kill(target, signal)
    } catch {
      // It has ended.
    }
  }
}

/**
 * Ends every process whose environment holds a text, at once: a process can leave its group, and its children still inherit where they
 * are to put temporary files. Does nothing where environments cannot be read (`/proc` is missing).
 */
export async function endMarked(text: string): Promise<void> {
  // What is ended may have started another one in that moment.
  for (let round = 0; round < markedRounds; round += 1) {
    const found = await markedBy(text)
    if (found.length === 0) return
    for (const pid of found) {
      try {
        process.kill(pid, 'SIGKILL')
      } catch {
        // It has ended.
      }
    }
  }
}

const markedRounds = 10

async function markedBy(text: string): Promise<number[]> {
  const pids = (await readdir('/proc').catch(() => [])).map(Number).filter(pid => pid > 0 && pid !== process.pid)
  const marked = pids.map(async pid => {
    const environment = await readFile(`/proc/${pid}/environ`, 'utf8').catch(() => '')
    return environment.includes(text) ? [pid] : []
  })
  return (await Promise.all(marked)).flat()
}

export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}

/** True when a process's command line holds a text: numbers of processes are used again. False where that cannot be read. */
export async function isRunning(pid: number, text: string): Promise<boolean> {
  const line = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')
  return line.includes(text)
}

/** Resident memory of a process and what it started, bytes; undefined where that cannot be read (`/proc` is missing). */
export async function memoryOf(pid: number): Promise<number | undefined> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => undefined)
  const [, kilobytes] = /^VmRSS:\s+(\d+) kB/m.exec(status ?? '') ?? []
  if (kilobytes === undefined) return undefined
  const children = await childrenOf(pid)
  const theirs = await Promise.all(children.map(memoryOf))
  return theirs.reduce<number>((sum, bytes) => sum + (bytes ?? 0), Number(kilobytes) * 1024)
}

async function childrenOf(pid: number): Promise<number[]> {
  const threads = await readdir(`/proc/${pid}/task`).catch(() => [])
  const lists = await Promise.all(
    threads.map(thread => readFile(`/proc/${pid}/task/${thread}/children`, 'utf8').catch(() => '')),
  )
  return lists.flatMap(list => list.split(' ').filter(Boolean).map(Number))
}
