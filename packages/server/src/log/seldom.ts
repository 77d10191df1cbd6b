import type { FastifyBaseLogger } from 'fastify'

/** Warns of what strangers may cause as often as they like: of each kind once in a while, with how many there were since. */
export type Seldom = (kind: string, fields: object, message: string) => void

const pauseMs = 60_000

/** @param now by a clock that nobody sets, milliseconds */
export function openSeldom(log: Pick<FastifyBaseLogger, 'warn'>, now: () => number = () => performance.now()): Seldom {
  const told = new Map<string, { at: number; untold: number }>()
  return (kind, fields, message) => {
    const last = told.get(kind)
    if (last !== undefined && now() - last.at < pauseMs) {
      last.untold += 1
      return
    }
    told.set(kind, { at: now(), untold: 0 })
    log.warn({ ...fields, ...(last === undefined ? {} : { untold: last.untold }) }, message)
  }
}
