/** Who has to act on an error; gives the HTTP status and the exit code of the programs. */
export type ErrorKind =
  | 'invalid'
  | 'unauthorized'
  | 'missing'
  | 'conflict'
  | 'busy'
  | 'timeout'
  | 'cancelled'
  | 'unsupported'
  | 'internal'

interface KindFacts {
  readonly status: number
  readonly exitCode: number
}

/** HTTP status (unless the code names another) and exit code of each kind. */
export const errorKinds: Readonly<Record<ErrorKind, KindFacts>> = {
  invalid: { status: 400, exitCode: 2 },
  unauthorized: { status: 401, exitCode: 3 },
  missing: { status: 404, exitCode: 2 },
  conflict: { status: 409, exitCode: 2 },
  busy: { status: 503, exitCode: 4 },
  timeout: { status: 504, exitCode: 4 },
  cancelled: { status: 499, exitCode: 130 },
  unsupported: { status: 501, exitCode: 2 },
  internal: { status: 500, exitCode: 1 },
}

interface CodeFacts {
  readonly kind: ErrorKind
  /** Where it differs from the kind's. */
  readonly status?: number
}

/**
 * Every error code of htx. A code is public: it is added, never renamed. docs/errors.md has a heading for each.
 */
export const errorCodes = {
  // requests
  HTX_REQUEST_INVALID: { kind: 'invalid' },
  HTX_REQUEST_TOO_LARGE: { kind: 'invalid', status: 413 },
  HTX_HEADERS_TOO_LARGE: { kind: 'invalid', status: 431 },
  HTX_REQUEST_TIMEOUT: { kind: 'timeout', status: 408 },
  HTX_ROUTE_UNKNOWN: { kind: 'missing' },
  HTX_CREDENTIALS_INVALID: { kind: 'unauthorized' },
  HTX_ORIGIN_REFUSED: { kind: 'unauthorized', status: 403 },
  HTX_TOO_MANY_REQUESTS: { kind: 'busy', status: 429 },
  HTX_NOT_BUILT: { kind: 'unsupported' },
  // label configs and predictions
  HTX_LABEL_CONFIG_INVALID: { kind: 'invalid', status: 422 },
  HTX_LABEL_CONFIG_UNFIT: { kind: 'invalid', status: 422 },
  HTX_REGION_INVALID: { kind: 'invalid', status: 422 },
  // models
  HTX_MODULE_NOT_FOUND: { kind: 'missing' },
  HTX_MODULE_INVALID: { kind: 'invalid' },
  HTX_MODEL_LOAD_FAILED: { kind: 'internal' },
  HTX_NOT_SHAREABLE: { kind: 'invalid' },
  HTX_MODEL_FAILED: { kind: 'internal' },
  HTX_MODEL_UNTRAINED: { kind: 'missing' },
  HTX_VERSION_UNAVAILABLE: { kind: 'busy' },
  // model versions on disk
  HTX_MANIFEST_INVALID: { kind: 'invalid' },
  HTX_VERSION_CORRUPT: { kind: 'invalid' },
  HTX_VERSION_EXISTS: { kind: 'conflict' },
  HTX_VERSION_NOT_FOUND: { kind: 'missing' },
  HTX_VERSION_IN_USE: { kind: 'conflict' },
  HTX_MODELS_DIR_UNUSABLE: { kind: 'invalid' },
  // task data
  HTX_TASK_DATA_INVALID: { kind: 'invalid', status: 422 },
  HTX_TASK_DATA_REFUSED: { kind: 'invalid', status: 422 },
  HTX_TASK_DATA_UNREACHABLE: { kind: 'internal', status: 502 },
  // training
  HTX_EXPORT_INVALID: { kind: 'invalid' },
  HTX_NOT_TRAINABLE: { kind: 'unsupported' },
  HTX_TRAINING_UNAVAILABLE: { kind: 'busy' },
  HTX_TRAINING_DATA_MISSING: { kind: 'invalid' },
  HTX_TRAINING_FAILED: { kind: 'internal' },
  HTX_TRAINING_TIMEOUT: { kind: 'timeout' },
  HTX_TRAINING_LIMIT: { kind: 'invalid', status: 422 },
  HTX_JOB_NOT_FOUND: { kind: 'missing' },
  HTX_JOB_CONFLICT: { kind: 'conflict' },
  HTX_JOB_CANCELLED: { kind: 'cancelled' },
  HTX_JOB_LOST: { kind: 'internal' },
  HTX_STATE_UNUSABLE: { kind: 'invalid', status: 503 },
  HTX_LABEL_STUDIO_UNREACHABLE: { kind: 'internal', status: 502 },
  HTX_LABEL_STUDIO_REFUSED: { kind: 'invalid' },
  // load
  HTX_QUEUE_FULL: { kind: 'busy', status: 429 },
  HTX_NOT_READY: { kind: 'busy' },
  HTX_DRAINING: { kind: 'busy' },
  HTX_DEADLINE_EXCEEDED: { kind: 'timeout' },
  HTX_REQUEST_CANCELLED: { kind: 'cancelled' },
  HTX_WORKER_LOST: { kind: 'internal' },
  // programs
  HTX_CHECK_FAILED: { kind: 'invalid' },
  // The exit code of every run without a prediction.
  HTX_NO_TASKS: { kind: 'internal' },
  HTX_PREDICT_STOPPED: { kind: 'cancelled' },
  HTX_OPTION_INVALID: { kind: 'invalid' },
  HTX_CANCELLED: { kind: 'cancelled' },
  HTX_ADDRESS_IN_USE: { kind: 'conflict' },
  HTX_ADDRESS_UNAVAILABLE: { kind: 'invalid' },
  HTX_INTERNAL: { kind: 'internal' },
} as const satisfies Record<string, CodeFacts>

/** One of the public error codes. */
export type ErrorCode = keyof typeof errorCodes
