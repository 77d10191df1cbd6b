import { HtxError, messageOf } from '../errors/htx-error.ts'
import { checkPrediction } from '../label-config/check-prediction.ts'
import type { Prediction } from '../wire/prediction.ts'
import type { Task } from '../wire/requests.ts'
import type { BaseModel, TaskPredictions } from './base-model.ts'
import type { PredictContext } from './contexts.ts'
import { type BoundTask, type BringFile, bindTask, type FetchedInput, fetchInput, placeFetched } from './model-input.ts'
import type { ModelTask } from './model-task.ts'
import type { Rejection, TaskOutcome } from './task-outcome.ts'

export interface PredictWork {
  readonly tasks: readonly Task[]
  readonly context: PredictContext
  /** Set for a model that takes files: brings that behind a value of this task here. Gives its path. */
  readonly bring: BringFile | undefined
  /** What was fetched before, for each task. */
  readonly fetched: readonly (FetchedInput | undefined)[] | undefined
  /** Called once, before the outcomes are returned. */
  onTimes(times: PredictTimes): void
}

/** Where the time of a call went, milliseconds. */
export interface PredictTimes {
  /** Waiting for files that were not fetched before; 0 for a model that takes none. */
  readonly resolveMs: number
  /** In the model's own `predict`, with what it waits for there. */
  readonly modelMs: number
  /** Checking what it returned against the label config. */
  readonly checkMs: number
}

/**
 * Asks a loaded model about tasks: binds their inputs, calls `predict`, checks what comes back. A bad prediction, a task
 * without the data and a task for which the model throws each cost only themselves.
 *
 * @returns one outcome per task, in their order
 * @throws the abort reason of `context.signal` when it aborted while the model worked
 */
export async function predictTasks(
  model: BaseModel,
  { tasks, context, bring, fetched, onTimes }: PredictWork,
): Promise<TaskOutcome[]> {
  const outcomes: (TaskOutcome | undefined)[] = new Array(tasks.length)
  const bound: ModelTask[] = []
  const places: number[] = []
  const bindings = tasks.map(task => bindTask(task, context.binding))
  const startedAt = performance.now()
  const ready = bring === undefined ? bindings : await fetchInputs(bindings, bring, fetched)
  const readyAt = bring === undefined ? startedAt : performance.now()
  for (const [place, entry] of ready.entries()) {
    if ('rejection' in entry) outcomes[place] = { predictions: [], rejection: entry.rejection }
    else {
      bound.push(entry.task)
      places.push(place)
    }
  }
  const answers = bound.length === 0 ? [] : await askModel(model, bound, context)
  const answeredAt = performance.now()
  for (const [index, answer] of answers.entries()) {
    const place = places[index] as number
    outcomes[place] =
      'rejection' in answer
        ? { predictions: [], rejection: answer.rejection }
        : checkAnswer(answer.predictions, tasks[place] as Task, context)
  }
  const checkMs = performance.now() - answeredAt
  onTimes({ resolveMs: readyAt - startedAt, modelMs: answeredAt - readyAt, checkMs })
  return outcomes as TaskOutcome[]
}

/** Only what was not fetched before is waited for. */
async function fetchInputs(
  bindings: readonly BoundTask[],
  bring: BringFile,
  fetched: PredictWork['fetched'],
): Promise<BoundTask[]> {
  return Promise.all(
    bindings.map((entry, place) => {
      if ('rejection' in entry) return entry
      const before = fetched?.[place]
      return (before && placeFetched(entry.task, before)) ?? fetchInput(entry.task, bring)
    }),
  )
}

type Answer = { readonly predictions: TaskPredictions } | { readonly rejection: Rejection }

/** The whole batch at once; when that throws, task by task, so that one poisonous task does not take the others with it. */
async function askModel(model: BaseModel, tasks: readonly ModelTask[], context: PredictContext): Promise<Answer[]> {
  try {
    return await askOnce(model, tasks, context)
  } catch (error) {
    context.signal.throwIfAborted()
    if (tasks.length === 1) return [failedAnswer(tasks[0] as ModelTask, error, context)]
    context.log.warn('predict failed for a batch; asking task by task', {
      tasks: tasks.length,
      reason: messageOf(error),
    })
  }
  const answers: Answer[] = []
  for (const task of tasks) {
    try {
      answers.push(...(await askOnce(model, [task], context)))
    } catch (error) {
      context.signal.throwIfAborted()
      answers.push(failedAnswer(task, error, context))
    }
  }
  return answers
}

async function askOnce(model: BaseModel, tasks: readonly ModelTask[], context: PredictContext): Promise<Answer[]> {
  const answers: unknown = await model.predict(tasks, context)
  if (!Array.isArray(answers)) {
    throw new HtxError(
      'HTX_MODEL_FAILED',
      `predict must return an array with one answer per task; it returned ${typeof answers}`,
    )
  }
  if (answers.length !== tasks.length) {
    throw new HtxError(
      'HTX_MODEL_FAILED',
      `predict must return one answer per task; it returned ${answers.length} for ${tasks.length} tasks`,
    )
  }
  return answers.map(predictions => ({ predictions }))
}

function failedAnswer(task: ModelTask, error: unknown, context: PredictContext): Answer {
  const stack = error instanceof Error ? error.stack : undefined
  context.log.error('predict threw', { task: task.id, reason: messageOf(error), stack })
  return {
    rejection: {
      reason: 'model-failed',
      message: `predict threw for task ${task.id ?? '(without id)'}: ${messageOf(error)}`,
    },
  }
}

/** Keeps the predictions that the editor will show. */
function checkAnswer(answer: TaskPredictions, task: Task, context: PredictContext): TaskOutcome {
  if (answer === null || answer === undefined) return { predictions: [], rejection: undefined }
  const given: readonly unknown[] = Array.isArray(answer) ? answer : [answer]
  const predictions: Prediction[] = []
  let rejection: Rejection | undefined
  for (const prediction of given) {
    const [problem, ...more] = checkPrediction(prediction, context.labelConfig, task)
    if (problem === undefined) predictions.push(finish(prediction as Prediction, context.modelVersion))
    else {
      const others = more.length > 0 ? ` (and ${more.length} more)` : ''
      const message = `task ${task.id ?? '(without id)'}: ${problem.path}: expected ${problem.expected}, got ${problem.got}. ${problem.mend}${others}`
      rejection ??= { reason: 'prediction-invalid', message }
    }
  }
  return { predictions, rejection }
}

/** Only what Label Studio stores; a version that the model set itself stays. */
function finish(prediction: Prediction, modelVersion: string): Prediction {
  const finished: Prediction = { result: prediction.result, model_version: prediction.model_version ?? modelVersion }
  if (prediction.score !== undefined && prediction.score !== null) finished.score = prediction.score
  return finished
}
