/*
 * Preloaded into a server (--import): notes each time its main thread did nothing else than one thing for more than 10 ms, and writes the
 * notes at the end into the file that STALL_FILE names. Other than perf_hooks' monitor it runs on Bun, too, and says when.
 */
import { writeFileSync } from 'node:fs'
import { isMainThread } from 'node:worker_threads'

const everyMs = 5
const file = process.env.STALL_FILE

if (isMainThread && file !== undefined) {
  const stalls = []
  let last = performance.now()
  const timer = setInterval(() => {
    const now = performance.now()
    const stallMs = now - last - everyMs
    if (stallMs > 10) stalls.push({ at: Math.round(performance.timeOrigin + now), stallMs })
    last = now
  }, everyMs)
  timer.unref()
  process.on('exit', () => writeFileSync(file, JSON.stringify(stalls)))
}
