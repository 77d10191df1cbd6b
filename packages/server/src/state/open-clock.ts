/** Milliseconds since 1970, each call later than the one before, also where the clock of the machine is set back. */
export type StateClock = () => number

/** @param notBefore what was said before */
export function openClock(notBefore: number, now: () => number = Date.now): StateClock {
  let last = notBefore
  return () => {
    last = Math.max(now(), last + 1)
    return last
  }
}
