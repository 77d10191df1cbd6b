import { appendFileSync, readFileSync } from 'node:fs'
import { threadId } from 'node:worker_threads'

// Loaded before a program, and before each of its threads: its clock is wrong by as many milliseconds as the file says, from the moment on in
// which it says so. Clocks that nobody can set (performance.now, timers) go on as they do. Each thread notes what it has seen.
const file = process.env.HTX_TEST_CLOCK_FILE
const RealDate = Date
let offsetMs

function look() {
  const said = readFileSync(file, 'utf8')
  // It is being written.
  if (said === '' || Number(said) === offsetMs) return
  offsetMs = Number(said)
  appendFileSync(`${file}.seen`, `${process.pid} ${threadId} ${offsetMs}\n`)
}

class SetDate extends RealDate {
  constructor(...args) {
    if (args.length === 0) super(SetDate.now())
    else super(...args)
  }

  static now() {
    return RealDate.now() + offsetMs
  }
}

look()
setInterval(look, 10).unref()
globalThis.Date = SetDate
// Threads that start later count from the clock as it is then.
const timeOrigin = performance.timeOrigin + offsetMs
Object.defineProperty(performance, 'timeOrigin', { get: () => timeOrigin })
// Node loads it before threads, too. Bun does so only when it is told to by the options of each, which our code does not know.
if ('bun' in process.versions) Object.defineProperty(Object.prototype, 'preload', { value: import.meta.path })
