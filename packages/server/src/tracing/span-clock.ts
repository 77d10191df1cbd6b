/**
 * Times of one request as OpenTelemetry takes them, milliseconds since 1970. They come from the clock of `performance`, on which the pool measures, so
 * that a child never begins before its parent, whatever the clock of the machine does meanwhile.
 */
export interface SpanClock {
  readonly startedAt: number
  now(): number
  /** @param at on the clock of `performance` */
  at(at: number): number
}

export function openSpanClock(): SpanClock {
  const offset = Date.now() - performance.now()
  const at = (ms: number) => offset + ms
  const now = () => at(performance.now())
  return { startedAt: now(), now, at }
}
