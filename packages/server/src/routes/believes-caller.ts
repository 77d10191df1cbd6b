import type { FastifyRequest } from 'fastify'
import { withoutSlash } from '../access-options.ts'
import { callerOf } from '../http/caller.ts'
import { readCaller } from '../label-studio/callers.ts'
import type { RouteContext } from './context.ts'

/** What was said in the log: it comes with every request. */
const told = new Set<string>()
const mostTold = 1_000

/**
 * Whether a request may say where its Label Studio is: files of tasks, and annotations, would be fetched from there. Not from a stranger, unless the operator
 * listed that address, or named the one Label Studio to which tokens go in any case.
 */
export function believesCaller(
  request: FastifyRequest,
  hostname: string | null | undefined,
  { settings }: RouteContext,
): boolean {
  if (settings.labelStudio !== undefined || callerOf(request) !== 'anybody') return true
  const url = readCaller(hostname, undefined)?.url
  // Nothing that could be believed; what was said before stays.
  if (url === undefined) return false
  if (settings.access.allowLabelStudios.includes(withoutSlash(url))) return true
  const who = `${request.ip} ${url}`
  if (told.has(who)) return false
  if (told.size >= mostTold) told.clear()
  told.add(who)
  request.log.warn(
    { hostname: url, address: request.ip },
    'a Label Studio on another machine says where it is, without credentials: not believed. Set LABEL_STUDIO_URL, BASIC_AUTH_USER and BASIC_AUTH_PASS, or --allow-label-studio',
  )
  return false
}
