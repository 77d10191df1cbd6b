import { randomUUID } from 'node:crypto'
import { hostname } from 'node:os'
import { isAlive } from './process-group.ts'

/** Who runs a job: a process of a machine, and which of those that had its number. */
export function newOwner(): string {
  return `${hostname()}:${process.pid}:${randomUUID()}`
}

/** A process that says nothing of itself for this long has ended, or its machine has. Milliseconds. */
const silenceMs = 60_000

/** True when the process that had a job cannot be running it any more. */
export function isGone(owner: string | undefined, heartbeatAt: number | undefined, self: string): boolean {
  if (owner === self) return false
  if (Date.now() - (heartbeatAt ?? 0) > silenceMs) return true
  const [host, pid] = owner?.split(':') ?? []
  if (host !== hostname()) return false
  // In a container the next server often has the same number.
  return Number(pid) === process.pid || !isAlive(Number(pid))
}

export function isSameHost(owner: string | undefined): boolean {
  return owner?.split(':')[0] === hostname()
}
