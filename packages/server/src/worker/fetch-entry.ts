/*
 * What the thread that fetches runs: it is given pieces of requests, and says of each task what came of its files.
 */
import { type MessagePort, parentPort, workerData } from 'node:worker_threads'
import { HtxError, openInputFetcher, parsePredictRequest } from '@htx/core'
import type {
  FetchCancelMessage,
  FetchedTask,
  FetcherStart,
  FetchMessage,
  FetchReleaseMessage,
  FetchReport,
} from '../pool/messages.ts'
import { labelConfigOf } from './answer-run.ts'
import './hide-environment.ts'

const port = parentPort as MessagePort
const { taskData, ...tags } = workerData as FetcherStart
const fetcher = openInputFetcher(tags, taskData)
const running = new Map<number, AbortController>()
/** What came in this turn of the event loop. */
const fetched: FetchedTask[] = []

port.on('message', (message: FetchMessage | FetchCancelMessage | FetchReleaseMessage) => {
  if ('release' in message) fetcher.release(message.release)
  else if ('cancel' in message) running.get(message.cancel)?.abort(cancelled())
  else void fetchPiece(message)
})
report('open')

/** A slot may go on for a moment after the deadline. */
const graceMs = 5_000

async function fetchPiece({ piece, bytes, tasks: count, timeoutMs, ...message }: FetchMessage): Promise<void> {
  const controller = new AbortController()
  const { signal } = controller
  running.set(piece, controller)
  const left = new Set(Array.from({ length: count }, (_, place) => place))
  try {
    const request = parsePredictRequest(bytes)
    const labelConfig = message.labelConfig ?? labelConfigOf(request)
    await fetcher.fetch(
      request.tasks,
      { ...message, labelConfig, leaseMs: timeoutMs + graceMs, signal },
      (place, input) => {
        left.delete(place)
        tell({ piece, place, input })
      },
    )
  } catch {
    // What is wrong with a request is said where it would be predicted, in the same words as ever.
    for (const place of left) tell({ piece, place, input: undefined })
  } finally {
    running.delete(piece)
  }
}

function tell(task: FetchedTask): void {
  if (fetched.push(task) === 1) setImmediate(() => report(fetched.splice(0)))
}

function report(message: FetchReport): void {
  port.postMessage(message)
}

function cancelled(): HtxError {
  return new HtxError('HTX_REQUEST_CANCELLED', 'nobody waits for the answer any more')
}
