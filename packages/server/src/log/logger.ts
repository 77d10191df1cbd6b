import { type DestinationStream, destination, type Logger, pino } from 'pino'
import pretty from 'pino-pretty'

export type { Logger }

/** The server's log: pretty on a terminal, else one JSON object a line. Never a token, a password or the body of a task. */
export function openLogger(level: string, format: 'pretty' | 'json'): Logger {
  return pino({ level, base: null, timestamp: pino.stdTimeFunctions.isoTime }, openDestination(format))
}

function openDestination(format: 'pretty' | 'json'): DestinationStream {
  if (format === 'pretty')
    return pretty({ sync: true, ignore: 'pid,hostname', translateTime: 'SYS:HH:MM:ss', singleLine: true })
  // Lines gather for a moment: a write per request costs more than the request's other book-keeping.
  return destination({ fd: 1, minLength: 4096, periodicFlush: 200, sync: true })
}
