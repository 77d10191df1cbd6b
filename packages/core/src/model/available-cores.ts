import { readFileSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { dirname, join } from 'node:path'

/**
 * Cores that this process may use: those of the machine, less where the process is pinned to some of them or its container gets a
 * share of their time. Runtimes know of the second only lately (libuv 1.49).
 */
export function availableCores(): number {
  return Math.max(1, Math.min(availableParallelism(), Math.floor(cgroupCores('/'))))
}

/**
 * Cores that the process's control groups leave it, or infinity. Source: cgroups(7), cpu.max (version 2), cpu.cfs_quota_us (version 1).
 *
 * @param root where `proc` and `sys` lie
 */
export function cgroupCores(root: string): number {
  let least = Number.POSITIVE_INFINITY
  for (const line of readOr('', join(root, 'proc/self/cgroup')).split('\n')) {
    const [, controllers, path] = /^\d+:([^:]*):(\/.*)$/.exec(line) ?? []
    if (path === undefined) continue
    if (controllers === '') least = Math.min(least, leastOf(join(root, 'sys/fs/cgroup'), path, coresOfMax))
    else if (controllers?.split(',').includes('cpu'))
      least = Math.min(least, leastOf(join(root, 'sys/fs/cgroup/cpu'), path, coresOfQuota))
  }
  return least
}

/** A group has no more than the groups above it. Inside a container the path may be that of the host, and only its end is here. */
function leastOf(mount: string, path: string, coresOf: (directory: string) => number): number {
  let least = coresOf(mount)
  for (let group = path; group !== '/'; group = dirname(group)) least = Math.min(least, coresOf(join(mount, group)))
  return least
}

function coresOfMax(directory: string): number {
  const [quota, period] = readOr('max', join(directory, 'cpu.max')).trim().split(' ')
  return coresFrom(quota, period)
}

function coresOfQuota(directory: string): number {
  return coresFrom(
    readOr('-1', join(directory, 'cpu.cfs_quota_us')),
    readOr('100000', join(directory, 'cpu.cfs_period_us')),
  )
}

/** `max` and -1 say that there is no limit. */
function coresFrom(quota: string | undefined, period: string | undefined): number {
  const cores = Number(quota) / Number(period)
  return cores > 0 ? cores : Number.POSITIVE_INFINITY
}

function readOr(missing: string, path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return missing
  }
}
