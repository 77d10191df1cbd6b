import type { Rejection } from '@htx/core'
import type { FastifyBaseLogger } from 'fastify'
import type { Logger } from './logger.ts'
import { withoutValues } from './without-values.ts'

/** What the log tells of a request that was answered. */
export interface PredictLine {
  readonly project: string | undefined
  readonly version: string
  readonly tasks: number
  readonly queueMs: number
  readonly resolveMs: number
  readonly modelMs: number
  readonly checkMs: number
  readonly rejections: readonly Rejection[]
}

/** Requests that have lines of their own, and rejections that do, in one second. */
const mostLinesASecond = 100
const mostReasonsOfRequest = 10

/**
 * Tells of each request that was answered, and why predictions were held back. A server under load would write gigabytes an hour, which costs a quarter of
 * its time: of more than a hundred in a second only their sums are told, unless the log is at `debug`.
 */
export class PredictLog {
  readonly #log: Logger
  #second = 0
  #lines = 0
  #reasons = 0
  #untold = { requests: 0, tasks: 0, rejected: 0 }
  #timer: NodeJS.Timeout | undefined

  constructor(log: Logger) {
    this.#log = log
  }

  /** @param log of the request */
  tell(log: FastifyBaseLogger, { rejections, ...line }: PredictLine): void {
    this.#startSecond()
    if (this.#lines >= this.#most) {
      this.#untold.requests += 1
      this.#untold.tasks += line.tasks
      this.#untold.rejected += rejections.length
      this.#timer ??= setTimeout(() => this.flush(), 1_000).unref()
    } else {
      this.#lines += 1
      log.info({ ...line, ...rounded(line), rejected: rejections.length }, 'predicted')
    }
    if (rejections.length > 0) this.#warn(log, line, rejections)
  }

  /** Tells the sums of what was not told. */
  flush(): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
    if (this.#untold.requests === 0) return
    this.#log.info(this.#untold, `predicted, besides the first ${mostLinesASecond} requests of each second`)
    this.#untold = { requests: 0, tasks: 0, rejected: 0 }
  }

  get #most(): number {
    return this.#log.isLevelEnabled('debug') ? Number.POSITIVE_INFINITY : mostLinesASecond
  }

  #startSecond(): void {
    const second = Math.floor(performance.now() / 1_000)
    if (second === this.#second) return
    this.#second = second
    this.#lines = 0
    this.#reasons = 0
  }

  #warn(
    log: FastifyBaseLogger,
    { project, version, tasks }: Omit<PredictLine, 'rejections'>,
    rejections: readonly Rejection[],
  ): void {
    for (const { reason, message } of rejections.slice(0, mostReasonsOfRequest)) {
      if (this.#reasons >= this.#most) return
      this.#reasons += 1
      log.warn({ project, version, tasks, reason }, withoutValues(message))
    }
  }
}

function rounded({ queueMs, resolveMs, modelMs, checkMs }: Omit<PredictLine, 'rejections'>) {
  return { queueMs: round(queueMs), resolveMs: round(resolveMs), modelMs: round(modelMs), checkMs: round(checkMs) }
}

function round(ms: number): number {
  return Math.round(ms * 100) / 100
}
