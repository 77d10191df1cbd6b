import type { Logger } from './log/logger.ts'
import type { FetcherEvent } from './pool/fetcher.ts'
import type { FleetEvent } from './pool/fleet.ts'

/** Says what became of a thread of the pool. */
export function logPoolEvent(log: Logger, event: FleetEvent | FetcherEvent): void {
  const { kind } = event
  if (kind === 'slot-opened') log.debug({ slot: event.slot }, 'worker opened')
  else if (kind === 'slot-lost')
    log.error({ slot: event.slot, reason: event.reason }, 'worker lost; another takes its place')
  else if (kind === 'slot-failed')
    log.error({ reason: event.reason, retryMs: event.retryMs }, 'no worker could be opened; trying again')
  else if (kind === 'fetcher-opened') log.debug('files are fetched ahead from now on')
  else if (kind === 'fetcher-lost') {
    log.error(
      { reason: event.reason, retryMs: event.retryMs },
      'the thread that fetches files was lost; workers fetch for themselves until another is there',
    )
  }
}
