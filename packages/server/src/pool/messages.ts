import type {
  FetchedInput,
  HtxErrorData,
  LabelStudioAddress,
  PredictTimes,
  Rejection,
  TaskDataOptions,
} from '@htx/core'

/*
 * All that the main thread and a worker thread share. Everything here crosses by structured clone: plain data only.
 */

/** First call to a worker: what it is for. */
export interface StartMessage {
  /** `file:` URL of the model module. */
  readonly model: string
  /** True when `train` is exported by another module. */
  readonly trainsElsewhere: boolean
  /** What `context.options` holds. */
  readonly options: Readonly<Record<string, unknown>>
  /** Most tasks that one call of `predict` gets. */
  readonly batchTasks: number
  /** What `context.threads` says. */
  readonly threads: number
  /** How files behind task data are brought to this machine. */
  readonly taskData: TaskDataOptions & { readonly cacheDir: string }
  /** `ControlMessage`s come through it. */
  readonly control: import('node:worker_threads').MessagePort
}

/** What the main thread must know of a model class without importing it. */
export interface ModelFacts {
  readonly className: string
  readonly inputTypes: readonly string[] | undefined
  readonly outputTypes: readonly string[]
  /** `'file'`: its tasks need files, which are fetched before they take a slot. */
  readonly inputs: 'value' | 'file'
  readonly requiresTraining: boolean
  /** True when there is a train function: in the model's module, or in one of its own. */
  readonly trains: boolean
}

/** A model version to load beside those that are loaded. */
export interface LoadMessage {
  readonly key: string
  readonly modelVersion: string
  readonly directory: string | undefined
  readonly resources: Readonly<Record<string, unknown>>
}

/** What the models of a version share between threads, by name: plain structures over SharedArrayBuffers. Not copied when they cross. */
export type SharedValues = ReadonlyMap<string, unknown>

/** The call `load`. Its answer are `SharedValues` that were made in it. */
export interface LoadCall {
  readonly version: LoadMessage
  /** What other workers of the version have made. */
  readonly shared: SharedValues
}

/**
 * What the answer to a request may hold for a task. Label Studio ≥ 1.13 takes lists of predictions, 1.8 only an empty one,
 * older clients index each answer as a dict (fixtures/label-studio-behaviour.md).
 */
export type AnswerShape = 'list' | 'single' | 'dict'

/** Requests, or pieces of them, that one worker answers in one go. */
export interface RunMessage {
  readonly run: number
  /** The bodies of the groups, one after the other. */
  readonly bytes: Uint8Array
  readonly groups: readonly GroupMessage[]
  /** Time left, milliseconds. */
  readonly timeoutMs: number
  /** Set when the answer shall say when each stage was: a request of the run is traced. */
  readonly tellStages?: true
}

/** Pieces that differ in nothing but their tasks: together they are one `/predict` body, and one call of the model. */
export interface GroupMessage {
  /** The body up to its tasks, and from their end: bytes. */
  readonly headBytes: number
  readonly tailBytes: number
  /** Between these two, in this order, with a comma after each but the last. */
  readonly pieces: readonly PieceMessage[]
  readonly versionKey: string
  readonly project: string | undefined
  readonly shape: AnswerShape
  /** Stands in for that of the body, where the body only has the binding of Label Studio 0.4–0.6. */
  readonly labelConfig: string | undefined
  /** The Label Studio that asks, with the token that it gave for its files. */
  readonly caller: LabelStudioAddress | undefined
}

export interface PieceMessage {
  readonly tasks: number
  readonly lengthBytes: number
  /** What came of fetching the files of its tasks, one each. Without it the worker fetches them. */
  readonly fetched?: readonly (FetchedInput | undefined)[]
}

/** Aborts the signal of a run that nobody waits for any more. */
export interface CancelMessage {
  readonly cancel: number
}

/** Has the thread end itself. */
export interface EndMessage {
  readonly end: true
}

/** What a thread hears between two steps of its work. */
export type ControlMessage = CancelMessage | EndMessage

export interface RunAnswer {
  /** JSON of the answers, comma-separated without brackets, one piece after the other. */
  readonly text: string
  /** One a piece, in the order of the groups. */
  readonly pieces: readonly PieceAnswer[]
  /** From the message to this answer, milliseconds. */
  readonly workMs: number
}

export type PieceAnswer = AnsweredPiece | { readonly error: HtxErrorData }

export interface AnsweredPiece {
  /** How much of the text, in its own units. */
  readonly length: number
  readonly rejections: readonly Rejection[]
  /** What each of its tasks took of the worker: an equal share of its group's time. One object for the whole group: so it crosses once. */
  readonly taskTimes: PredictTimes
  /** When `tellStages` was set. One object for the whole group, too. */
  readonly stages?: GroupStages
}

/** Where the time of a group went: waiting for files, then the model, then the check; with several batches, the sums of these. */
export interface GroupStages extends PredictTimes {
  /** From the beginning of the run, milliseconds. */
  readonly startMs: number
  /** Tasks that shared the time. */
  readonly tasks: number
}

/** What every function of a worker answers: errors as data, so that a rejected call always means a lost worker. */
export type WorkerAnswer<T> = { readonly value: T } | { readonly error: HtxErrorData }

/** A line for the server's log, sent by a worker at any time. */
export interface LogMessage {
  readonly log: 'debug' | 'info' | 'warn' | 'error'
  readonly message: string
  readonly fields: Readonly<Record<string, unknown>>
}

/** What the thread that fetches is for: models of these tags. */
export interface FetcherStart {
  readonly inputTypes: readonly string[] | undefined
  readonly outputTypes: readonly string[]
  readonly taskData: TaskDataOptions & { readonly cacheDir: string }
}

/** Tasks of one request whose files are to be fetched. */
export interface FetchMessage {
  readonly piece: number
  /** JSON of a `/predict` body with these tasks. */
  readonly bytes: Uint8Array
  /** How many they are. */
  readonly tasks: number
  readonly project: string | undefined
  readonly labelConfig: string | undefined
  readonly caller: LabelStudioAddress | undefined
  /** True when a person waits in the editor. */
  readonly urgent: boolean
  /** Time left, milliseconds. */
  readonly timeoutMs: number
}

/** Ends the downloads of a piece that nobody waits for any more. */
export interface FetchCancelMessage {
  readonly cancel: number
}

/** The files at these paths have been used, once for each time that they are named. */
export interface FetchReleaseMessage {
  readonly release: readonly string[]
}

/** What the thread that fetches says: once that it takes pieces, then what came. */
export type FetchReport = 'open' | readonly FetchedTask[]

export interface FetchedTask {
  readonly piece: number
  /** Place of the task in its piece. */
  readonly place: number
  /** Undefined when there is nothing to fetch. */
  readonly input: FetchedInput | undefined
}
