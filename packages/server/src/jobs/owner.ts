import { randomUUID } from 'node:crypto'
import { hostname } from 'node:os'
import { isAlive } from './process-group.ts'

/** Who runs a job: a process of a machine, and which of those that had its number. */
export function newOwner(): string {
  return `${hostname()}:${process.pid}:${randomUUID()}`
}

/** How long a process may say nothing of its job: its machine has ended, or sleeps. Milliseconds. */
const silenceMs = 60_000
/** The same, for one of this machine that lives, as far as its number says. */
const longSilenceMs = 10 * 60_000

/** True when the process that had a job cannot be running it any more. */
export function isGone(owner: string | undefined, heartbeatAt: number | undefined, self: string): boolean {
  const silentMs = Date.now() - (heartbeatAt ?? 0)
  if (owner === self || !isSameHost(owner)) return silentMs > silenceMs
  const pid = Number(owner?.split(':')[1])
  // In a container the next server often has the same number.
  return pid === process.pid || !isAlive(pid) || silentMs > longSilenceMs
}

export function isSameHost(owner: string | undefined): boolean {
  return owner?.split(':')[0] === hostname()
}
