import progressBars from 'cli-progress'

/** A bar on standard error, for a terminal; it appears with the first update. */
export interface ProgressBar {
  update(value: number, total: number, fields?: Readonly<Record<string, string>>): void
  /** A line above the bar. */
  above(text: string): void
  /** Leaves the bar as it is; nothing follows. */
  off(): void
}

/** @param format as cli-progress has it: `{bar}`, `{percentage}`, `{value}`, `{total}`, `{eta_formatted}` and the fields */
export function openBar(format: string): ProgressBar {
  const bar = new progressBars.SingleBar(
    { format, hideCursor: true, stream: process.stderr },
    progressBars.Presets.shades_classic,
  )
  let isOn = false
  return {
    update(value, total, fields = {}) {
      // It begins where the first update is: what was done before says nothing about the time that is left.
      if (isOn) bar.update(value, fields)
      else bar.start(total, value, fields)
      isOn = true
    },
    above(text) {
      // The line of the bar is cleared, and the bar drawn again below.
      if (isOn) process.stderr.write('\r\x1b[K')
      process.stderr.write(`${text}\n`)
      if (isOn) bar.render()
    },
    off() {
      if (isOn) bar.stop()
      isOn = false
    },
  }
}
