import { mkdtemp, readdir, rm, stat } from 'node:fs/promises'
import { hostname, tmpdir } from 'node:os'
import { join } from 'node:path'
import { isAlive } from './jobs/process-group.ts'

const prefix = 'htx-task-data-'
/** A folder that was written to within this time is left alone, whoever made it. Milliseconds. */
const leftAloneMs = 60_000

/** Made by this process: another one that had its number left the others of that number. */
const own = new Set<string>()

/**
 * Makes a temporary directory for files of tasks, named by its process: a server that is killed removes nothing, the next one does. Files of
 * tasks are people's data, and large.
 */
export async function makeTaskDataFolder(): Promise<string> {
  await removeAbandoned()
  const made = await mkdtemp(join(tmpdir(), `${prefix}${hostname()}-${process.pid}-`))
  own.add(made)
  return made
}

async function removeAbandoned(): Promise<void> {
  const names = await readdir(tmpdir()).catch(() => [])
  for (const name of names) {
    const path = join(tmpdir(), name)
    const [, host, pid] = /^htx-task-data-(.+)-(\d+)-[A-Za-z0-9]{6}$/.exec(name) ?? []
    if (host !== hostname() || own.has(path)) continue
    if (Number(pid) !== process.pid && isAlive(Number(pid))) continue
    if (await isYoung(path)) continue
    // What cannot be removed belongs to somebody else.
    await rm(path, { recursive: true, force: true }).catch(() => {})
  }
}

/** Made since this process began: by another part of it, or by a process of another container that shares the directory and whose numbers mean nothing here. */
async function isYoung(path: string): Promise<boolean> {
  const found = await stat(path).catch(() => undefined)
  return found !== undefined && found.mtimeMs > Date.now() - Math.max(process.uptime() * 1000, leftAloneMs)
}
