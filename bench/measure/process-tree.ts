/*
 * A server is more than one process: what it costs is what all of them cost. Linux only (/proc).
 */
import { readdirSync, readFileSync } from 'node:fs'

/** Hertz of the times in /proc/<pid>/stat: 100 on every Linux that Node runs on. */
const ticksPerSecond = 100

interface ProcessStat {
  readonly pid: number
  readonly parent: number
  readonly session: number
  /** `R`, `S`, …; `Z` for a zombie. */
  readonly state: string
  /** Of all its threads, and of its children that have ended and were waited for. */
  readonly cpuMs: number
}

/** A process, what it started, and what stayed in its session when its parent ended. The process itself comes first. */
export function processTree(pid: number): number[] {
  return statsOf(pid).map(stat => stat.pid)
}

/** CPU time of a process and of all that it started, milliseconds since the start; in steps of 10 ms. */
export function cpuMsOf(pid: number): number {
  return statsOf(pid).reduce((sum, { cpuMs }) => sum + cpuMs, 0)
}

/** Proportional set size of a process and all that it started, MiB: a page that several processes share counts once. */
export function pssMibOf(pid: number): number {
  let kibibytes = 0
  for (const member of processTree(pid)) {
    const found = /^Pss:\s+(\d+) kB/m.exec(read(`/proc/${member}/smaps_rollup`))
    kibibytes += Number(found?.[1] ?? 0)
  }
  return kibibytes / 1024
}

/** @returns false for one that has ended and that nobody has waited for yet, too */
export function isAlive(pid: number): boolean {
  const stat = readStat(pid)
  return stat !== undefined && stat.state !== 'Z'
}

/** Threads of a process and of all that it started. */
export function threadsOf(pid: number): number {
  return processTree(pid).reduce((sum, member) => {
    return sum + Number(/^Threads:\s+(\d+)/m.exec(read(`/proc/${member}/status`))?.[1] ?? 0)
  }, 0)
}

function statsOf(pid: number): ProcessStat[] {
  const all = readdirSync('/proc').flatMap(name => (/^\d+$/.test(name) ? (readStat(Number(name)) ?? []) : []))
  const members = new Set([pid])
  for (const { pid: other, session } of all) if (session === pid) members.add(other)
  // Children may be listed before their parents: pid numbers start again at the limit.
  for (let before = 0; before < members.size; ) {
    before = members.size
    for (const { pid: child, parent } of all) if (members.has(parent)) members.add(child)
  }
  return all.filter(stat => members.has(stat.pid)).sort((a, b) => Number(b.pid === pid) - Number(a.pid === pid))
}

/** @see proc(5): the name of the program may hold blanks and brackets, so fields are counted from its last bracket */
function readStat(pid: number): ProcessStat | undefined {
  const text = read(`/proc/${pid}/stat`)
  if (text === '') return undefined
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ')
  const field = (place: number) => Number(fields[place - 3])
  const [state = ''] = fields
  const ticks = field(14) + field(15) + field(16) + field(17)
  return { pid, parent: field(4), session: field(6), state, cpuMs: (ticks * 1000) / ticksPerSecond }
}

/** @returns nothing of a process that has ended */
function read(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return ''
  }
}
