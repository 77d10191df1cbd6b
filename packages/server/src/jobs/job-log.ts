import { createWriteStream, type WriteStream } from 'node:fs'
import { finished } from 'node:stream/promises'

/** Most bytes of a log that are kept from its beginning; of what comes after, the last lines. */
const headBytes = 1024 * 1024
const tailLines = 100
const longestLine = 4096

/**
 * The log of one training: a file that cannot grow without bound, whatever is printed. Lines beyond its limit are counted, and the last
 * ones are added when it is closed.
 */
export class JobLog {
  readonly #stream: WriteStream
  readonly #tail: string[] = []
  /** By source: the beginning of a line whose end has not come. */
  readonly #partial = new Map<string, string>()
  #written = 0
  #leftOut = 0
  #failed = false

  readonly #onLine: (line: string) => void

  constructor(file: string, onLine: (line: string) => void = () => {}) {
    this.#onLine = onLine
    this.#stream = createWriteStream(file, { flags: 'a', mode: 0o600 })
    // A full disk costs the log, not the training.
    this.#stream.on('error', () => {
      this.#failed = true
    })
  }

  /** The last lines so far. */
  get lastLines(): readonly string[] {
    return this.#tail
  }

  /** Takes output as it comes. @param source keeps half lines of several streams apart */
  take(source: string, text: string): void {
    const lines = ((this.#partial.get(source) ?? '') + text).split(/\r?\n/)
    let rest = lines.pop() ?? ''
    if (rest.length > longestLine) {
      lines.push(rest)
      rest = ''
    }
    this.#partial.set(source, rest)
    for (const line of lines) this.line(line)
  }

  line(text: string): void {
    const line = text.length > longestLine ? `${text.slice(0, longestLine)}… (${text.length} characters)` : text
    this.#onLine(line)
    this.#tail.push(line)
    if (this.#tail.length > tailLines) this.#tail.shift()
    const bytes = Buffer.byteLength(line) + 1
    if (this.#leftOut > 0 || this.#written + bytes > headBytes) {
      this.#leftOut += 1
      return
    }
    this.#written += bytes
    if (!this.#failed) this.#stream.write(`${line}\n`)
  }

  /** Idempotent. */
  async close(): Promise<void> {
    for (const rest of this.#partial.values()) if (rest !== '') this.line(rest)
    this.#partial.clear()
    if (this.#stream.writableEnded) return
    if (this.#leftOut > 0 && !this.#failed) {
      const last = this.#tail.slice(-this.#leftOut)
      this.#stream.write(`… ${this.#leftOut - last.length} lines left out …\n${last.join('\n')}\n`)
    }
    this.#stream.end()
    await finished(this.#stream).catch(() => {})
  }
}
