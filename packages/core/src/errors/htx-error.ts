import { type ErrorCode, type ErrorKind, errorCodes, errorKinds } from './codes.ts'

/** An error as it crosses threads, processes and the wire: class, code and properties do not survive a throw there. */
export interface HtxErrorData {
  readonly code: ErrorCode
  readonly message: string
  /** Stack and cause, for the log only. */
  readonly detail?: string
}

export interface HtxErrorOptions extends ErrorOptions {
  /** How long to wait before trying again, for errors of kind `busy`. Seconds. */
  readonly retryAfterSeconds?: number
}

/**
 * The one error class of htx. Its message says what was expected, what came and what to do; its code is public and stable.
 *
 * @example
 * try { parseLabelConfig(xml) } catch (error) { if (isHtxError(error, 'HTX_LABEL_CONFIG_INVALID')) … }
 */
export class HtxError extends Error {
  override readonly name = 'HtxError'
  readonly code: ErrorCode
  readonly retryAfterSeconds: number | undefined

  constructor(code: ErrorCode, message: string, options: HtxErrorOptions = {}) {
    super(message, options)
    this.code = code
    this.retryAfterSeconds = options.retryAfterSeconds
  }

  /** Who has to act. */
  get kind(): ErrorKind {
    return errorCodes[this.code].kind
  }

  /** HTTP status. */
  get status(): number {
    const facts: { kind: ErrorKind; status?: number } = errorCodes[this.code]
    return facts.status ?? errorKinds[facts.kind].status
  }

  /** Exit code of the programs. */
  get exitCode(): number {
    return errorKinds[this.kind].exitCode
  }

  /** As data, for another thread or process. */
  toData(): HtxErrorData {
    return { code: this.code, message: this.message, detail: describeError(this) }
  }

  static fromData(data: HtxErrorData): HtxError {
    const error = new HtxError(data.code, data.message)
    if (data.detail !== undefined) error.stack = data.detail
    return error
  }
}

/** True for an `HtxError`, of the given code if there is one; also for one made by another copy of this package. */
export function isHtxError(error: unknown, code?: ErrorCode): error is HtxError {
  if (!(error instanceof Error) || error.name !== 'HtxError') return false
  return code === undefined || (error as HtxError).code === code
}

/** Wraps whatever was thrown; an `HtxError` stays as it is. */
export function toHtxError(error: unknown, code: ErrorCode, prefix = ''): HtxError {
  if (isHtxError(error)) return error
  return new HtxError(code, `${prefix}${messageOf(error)}`, { cause: error })
}

/** The message of whatever was thrown. */
export function messageOf(error: unknown): string {
  if (error instanceof Error) return error.message || error.name
  return typeof error === 'string' ? error : `a thrown ${error === null ? 'null' : typeof error}`
}

function describeError(error: Error): string {
  const own = error.stack ?? error.message
  return error.cause instanceof Error ? `${own}\ncaused by ${describeError(error.cause)}` : own
}
