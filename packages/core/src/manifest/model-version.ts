import { randomBytes } from 'node:crypto'
import { HtxError } from '../errors/htx-error.ts'

/** What projects and versions may be called: safe as a directory, in a URL and in a log line. */
export const namePattern = /^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$/

/** The project whose versions serve every project that has none of its own. */
export const defaultProject = 'default'

/** What an untrained model serves as; it has no directory. */
export const initialVersion = 'initial'

/** @returns the name @throws HtxError `HTX_OPTION_INVALID` */
export function checkName(what: 'project' | 'version', name: string): string {
  if (namePattern.test(name) && !(what === 'version' && name === initialVersion)) return name
  const expected = 'letters, digits, «.», «_» and «-», at most 128, the first a letter or digit'
  const reserved = what === 'version' ? `, and not «${initialVersion}»` : ''
  throw new HtxError(
    'HTX_OPTION_INVALID',
    `a ${what} is named with ${expected}${reserved}; got ${JSON.stringify(name)}`,
  )
}

/**
 * Makes the name of a new version: its UTC time and four random digits, such as `20261124T011530123Z-9f3a`.
 *
 * @param newest the newest version there is: the new one sorts after it even where the clock was set back
 * @param now milliseconds since 1970
 */
export function newVersionName(newest?: string, now: number = Date.now()): string {
  const before = newest === undefined ? undefined : timeOf(newest)
  const time = before === undefined ? now : Math.max(now, before + 1)
  const stamp = new Date(time).toISOString().replace(/[-:.]/g, '')
  return `${stamp}-${randomBytes(2).toString('hex')}`
}

/**
 * Orders version names, newest last. Names with a time (ours, and Unix timestamps in seconds or milliseconds, as other backends
 * write them) are ordered by it and are newer than names without one (`1`, `2`, `10`, `v3`), which are ordered naturally.
 */
export function compareVersionNames(a: string, b: string): number {
  const byTime = (timeOf(a) ?? Number.NEGATIVE_INFINITY) - (timeOf(b) ?? Number.NEGATIVE_INFINITY)
  if (byTime !== 0 && !Number.isNaN(byTime)) return byTime
  return natural.compare(a, b) || (a < b ? -1 : Number(a > b))
}

const natural = new Intl.Collator('en', { numeric: true })

/** Milliseconds since 1970 that a name stands for. */
function timeOf(name: string): number | undefined {
  const [, ...parts] = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)(\d{3})Z(?:-|$)/.exec(name) ?? []
  if (parts.length > 0) {
    const [year = 0, month = 1, ...rest] = parts.map(Number)
    return Date.UTC(year, month - 1, ...rest)
  }
  if (/^[1-9]\d{9}$/.test(name)) return Number(name) * 1000
  if (/^[1-9]\d{12}$/.test(name)) return Number(name)
  return undefined
}
