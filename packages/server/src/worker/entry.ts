/*
 * What a pool thread runs: Piscina calls these functions by name. Everything here is inside the worker.
 */
import { parentPort } from 'node:worker_threads'
import {
  collectGarbage,
  exportsTrainFn,
  HtxError,
  loadModelClass,
  type ModelLog,
  messageOf,
  openModel,
  toHtxError,
} from '@htx/core'
import type {
  ControlMessage,
  LoadCall,
  LogMessage,
  ModelFacts,
  RunAnswer,
  RunMessage,
  SharedValues,
  StartMessage,
  WorkerAnswer,
} from '../pool/messages.ts'
import { type Answering, answerRun } from './answer-run.ts'
import './hide-environment.ts'
import { Replicas } from './replicas.ts'

let answering: Answering | undefined
let running: { readonly run: number; readonly controller: AbortController } | undefined

/** How long a run may go on after its model threw in a callback, milliseconds: that may be what the run waits for. What nobody awaits, no run waits for. */
const orphanGraceMs = 5_000

// What a model throws where nobody waits for it, such as in a timer, need not be the fault of the tasks that the worker has just then: it would end with them.
for (const event of ['uncaughtException', 'unhandledRejection'] as const) {
  process.on(event, (error: unknown) => {
    const stack = error instanceof Error ? error.stack : undefined
    logOf({}).error('the model threw outside of its calls', { reason: messageOf(error), stack })
    const run = running?.run
    if (event === 'uncaughtException' && run !== undefined)
      setTimeout(() => running?.run === run && process.exit(1), orphanGraceMs).unref()
  })
}

/** Imports the model module. */
export function start(message: StartMessage): Promise<WorkerAnswer<ModelFacts>> {
  return answer(async () => {
    const modelClass = await loadModelClass(new URL(message.model))
    const replicas = new Replicas((version, sharedValues) =>
      openModel({
        model: new URL(message.model),
        resources: version.resources,
        options: message.options,
        threads: message.threads,
        modelVersion: version.modelVersion,
        ...(version.directory === undefined ? {} : { directory: version.directory }),
        taskData: message.taskData,
        sharedValues,
        log: logOf({ version: version.modelVersion }),
      }),
    )
    answering = { replicas, batchTasks: message.batchTasks }
    message.control.on('message', (control: ControlMessage) => {
      // Not process-wide: in a thread it ends the thread.
      if ('end' in control) process.exit()
      if (running?.run === control.cancel) running.controller.abort(cancelled())
    })
    message.control.unref()
    const { name, inputTypes, outputTypes, inputs, requiresTraining } = modelClass as typeof modelClass & {
      name: string
    }
    const trains = message.trainsElsewhere || (await exportsTrainFn(new URL(message.model)))
    return { className: name, inputTypes, outputTypes, inputs, requiresTraining, trains }
  })
}

export function load({ version, shared }: LoadCall): Promise<WorkerAnswer<SharedValues>> {
  return answer(async () => {
    const made = await started().replicas.load(version, shared)
    // What they were copied from.
    if (made.size > 0) collectGarbage()
    return made
  })
}

export function unload(key: string): Promise<WorkerAnswer<undefined>> {
  return answer(async () => {
    const shared = await started().replicas.unload(key)
    if (shared) collectGarbage()
    return undefined
  })
}

export function run(message: RunMessage): Promise<WorkerAnswer<RunAnswer>> {
  return answer(async () => {
    const controller = new AbortController()
    const timer = setTimeout(() => controller.abort(tooSlow()), message.timeoutMs)
    running = { run: message.run, controller }
    try {
      return await answerRun(message, started(), controller.signal)
    } finally {
      clearTimeout(timer)
      running = undefined
    }
  })
}

/** A call that rejects means a lost worker; everything else that goes wrong is an answer. */
async function answer<T>(work: () => Promise<T>): Promise<WorkerAnswer<T>> {
  try {
    return { value: await work() }
  } catch (error) {
    return { error: toHtxError(error, 'HTX_INTERNAL').toData() }
  }
}

/** What a model that heeds the signal ends with: the time is over, and it has not failed. */
function tooSlow(): HtxError {
  return new HtxError(
    'HTX_DEADLINE_EXCEEDED',
    'no answer in time; ask for fewer tasks at a time, or raise --predict-timeout or --workers',
  )
}

function cancelled(): HtxError {
  return new HtxError('HTX_REQUEST_CANCELLED', 'nobody waits for the answer any more')
}

function started(): Answering {
  if (answering === undefined) throw new Error('the worker has not been started')
  return answering
}

function logOf(own: Readonly<Record<string, unknown>>): ModelLog {
  const line =
    (log: LogMessage['log']) =>
    (message: string, fields: Readonly<Record<string, unknown>> = {}) =>
      parentPort?.postMessage({ log, message, fields: { ...own, ...fields } } satisfies LogMessage)
  return { debug: line('debug'), info: line('info'), warn: line('warn'), error: line('error') }
}
