import { existsSync } from 'node:fs'
import { readdir, readFile } from 'node:fs/promises'

/** For the `skip` of a test that looks at processes. */
export const whyNoProcesses: string | false = existsSync('/proc/self') ? false : 'no /proc'

export interface Found {
  readonly pid: number
  readonly parent: number
}

/** Training processes of a models directory; ones that have ended and wait for their parent have no command line. */
export async function trainersOf(modelsDir: string): Promise<Found[]> {
  return find(pid => `/proc/${pid}/cmdline`, `${modelsDir}/.jobs/`)
}

/** The same with all that they started, wherever it went: it inherits where they put temporary files. */
export function familyOf(modelsDir: string): Promise<Found[]> {
  return find(pid => `/proc/${pid}/environ`, `${modelsDir}/.jobs/`)
}

async function find(fileOf: (pid: string) => string, text: string): Promise<Found[]> {
  const pids = (await readdir('/proc')).filter(name => /^\d+$/.test(name) && Number(name) !== process.pid)
  const found = pids.map(async pid => {
    const said = await readFile(fileOf(pid), 'utf8').catch(() => '')
    if (!said.includes(text)) return []
    const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '')
    return [{ pid: Number(pid), parent: Number(/^PPid:\s+(\d+)/m.exec(status)?.[1]) }]
  })
  return (await Promise.all(found)).flat()
}
