import { readFileSync } from 'node:fs'

// Loaded before a program: its clock is wrong by as many milliseconds as the file says, from the moment on in which it says so. Clocks that
// nobody can set (performance.now, timers) go on as they do.
const file = process.env.HTX_TEST_CLOCK_FILE
const RealDate = Date
let offsetMs = 0

function look() {
  offsetMs = Number(readFileSync(file, 'utf8'))
}

class SetDate extends RealDate {
  constructor(...args) {
    if (args.length === 0) super(RealDate.now() + offsetMs)
    else super(...args)
  }

  static now() {
    return RealDate.now() + offsetMs
  }
}

look()
setInterval(look, 10).unref()
globalThis.Date = SetDate
