import { randomUUID } from 'node:crypto'
import { hostname } from 'node:os'
import type { Job } from '../state/job.ts'
import { isAlive } from './process-group.ts'

/** Who runs a job: a process of a machine, and which of those that had its number. */
export function newOwner(): string {
  return `${hostname()}:${process.pid}:${randomUUID()}`
}

/** How long a process may say nothing of its job: its machine has ended, or sleeps. Milliseconds. */
const silenceMs = 60_000
/** The same, for one of this machine that lives, as far as its number says. */
const longSilenceMs = 10 * 60_000
/** A heartbeat that only looks old, because a clock was set, is followed by another one within this time; several, as one may be late. */
const confirmMs = 15_000

/** Which processes are gone that had a job. Knows only what it is asked: it is asked of all jobs that run, again and again. */
export interface OwnerWatch {
  /** True when the process that had a job cannot be running it any more. */
  isGone(job: Pick<Job, 'id' | 'owner' | 'heartbeatAt'>): boolean
  /** How long until one that looks gone may be taken for that, milliseconds; 0 when none does. */
  readonly suspenseMs: number
}

/**
 * @param self the owner that asks
 * @param clock milliseconds, which nobody sets
 */
export function watchOwners(self: string, clock: () => number = () => performance.now()): OwnerWatch {
  /** Heartbeats that look too old, with when they did first. */
  const suspects = new Map<string, { readonly heartbeatAt: number; readonly since: number }>()
  return {
    isGone,
    get suspenseMs() {
      const since = Math.max(...[...suspects.values()].map(suspect => suspect.since))
      return suspects.size === 0 ? 0 : Math.max(0, since + confirmMs - clock())
    },
  }

  function isGone({ id, owner, heartbeatAt = 0 }: Pick<Job, 'id' | 'owner' | 'heartbeatAt'>): boolean {
    if (owner !== self && isSameHost(owner)) {
      const pid = Number(owner?.split(':')[1])
      // In a container the next server often has the same number.
      if (pid === process.pid || !isAlive(pid)) return true
      return isSilent(id, heartbeatAt, longSilenceMs)
    }
    return isSilent(id, heartbeatAt, silenceMs)
  }

  /** By two clocks: one that is set by a day makes every job look dead, or a dead one alive. */
  function isSilent(id: string, heartbeatAt: number, limitMs: number): boolean {
    // In the future it is as silent: its clock, or ours, was set.
    if (Math.abs(Date.now() - heartbeatAt) <= limitMs) {
      suspects.delete(id)
      return false
    }
    const suspect = suspects.get(id)
    if (suspect?.heartbeatAt === heartbeatAt) return clock() - suspect.since >= confirmMs
    suspects.set(id, { heartbeatAt, since: clock() })
    return false
  }
}

export function isSameHost(owner: string | undefined): boolean {
  return owner?.split(':')[0] === hostname()
}
