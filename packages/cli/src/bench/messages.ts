import type { HtxErrorData, Task } from '@htx/core'
import type { OpenPoolOptions } from '@htx/server'

/*
 * What htx-bench and the processes of its pools say to each other. It crosses as JSON.
 */

/** A pool of its own process, so that its memory and its CPU time are its own, and its end ends nothing else. */
export interface OpenOrder {
  readonly pool: OpenPoolOptions
  readonly labelConfig: string
  readonly project: string
}

export interface TrialOrder {
  readonly tasks: readonly Task[]
  /** When to stop, milliseconds. */
  readonly forMs: number
}

/** Why a task gets no prediction. */
export interface Rejected {
  readonly reason: string
  readonly message: string
}

/** Which tasks can be measured with. */
export interface Trial {
  /** Places of the tasks that got predictions, or none without a reason. */
  readonly good: readonly number[]
  readonly rejected: readonly Rejected[]
  /** Time to the answer of each good task, alone. Milliseconds. */
  readonly answerMs: readonly number[]
}

export interface LoadOrder {
  /** Tasks of a request. */
  readonly batch: number
  /** Requests that wait or are being answered at any time. */
  readonly width: number
  /** When the last request is sent, milliseconds. */
  readonly forMs: number
  /** Fewest requests, however long they take. */
  readonly fewest: number
}

/** What came of a load. */
export interface LoadFacts {
  readonly tasks: number
  /** From the first request to the last answer, milliseconds. */
  readonly tookMs: number
  /** Time to the answer of each request, waiting for a worker included. Milliseconds. */
  readonly answerMs: readonly number[]
  /** Of all threads of the process, milliseconds. */
  readonly cpuMs: number
  /** Memory that the process holds in RAM at the end. */
  readonly residentBytes: number
}

/** What a process can be told to do, and what it answers. */
export interface Orders {
  /** Opens the pool and waits until all of its workers serve. */
  open: { readonly order: OpenOrder; readonly answer: null }
  /** Asks about tasks one by one, to see which of them can be measured with. */
  trial: { readonly order: TrialOrder; readonly answer: Trial }
  /** Says which tasks all loads are made of. */
  use: { readonly order: readonly Task[]; readonly answer: null }
  load: { readonly order: LoadOrder; readonly answer: LoadFacts }
}

export type OrderName = keyof Orders

export interface OrderMessage {
  readonly name: OrderName
  readonly order: unknown
}

/** To the one order that is under way. */
export type AnswerMessage = { readonly value: unknown } | { readonly error: HtxErrorData }
