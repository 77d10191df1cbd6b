import type { HtxError } from '@htx/core'

/**
 * The first Ctrl-C, or SIGTERM, lets a program end in its own way, the second ends it at once.
 *
 * @param reasonFor what `stop` aborts with @returns stops listening
 */
export function stopOnSignals(
  stop: AbortController,
  say: (words: string) => void,
  reasonFor: (signal: string) => HtxError,
): () => void {
  const onSignal = (signal: string) => {
    if (stop.signal.aborted) process.exit(130)
    say('stopping; the same again ends at once')
    stop.abort(reasonFor(signal))
  }
  const signals = ['SIGINT', 'SIGTERM'] as const
  for (const signal of signals) process.on(signal, onSignal)
  return () => {
    for (const signal of signals) process.off(signal, onSignal)
  }
}
