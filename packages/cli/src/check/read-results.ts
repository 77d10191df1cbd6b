import { checkPrediction, type LabelConfig } from '@htx/core'
import { amount } from '../amount.ts'
import type { Finding } from './finding.ts'
import { type PlacedTask, predictionFindings } from './prediction-findings.ts'

export interface ResultsContext {
  readonly tasks: readonly PlacedTask[]
  readonly labelConfig: LabelConfig
  /** What `/setup` answered. */
  readonly setupVersion: string | undefined
}

/** What comes of an answer. */
export interface ReadResults {
  /** Predictions that Label Studio stores and the editor shows. */
  readonly shown: number
  readonly findings: readonly Finding[]
}

/**
 * Reads the answer to a batch as Label Studio 1.23 does (`_get_predictions_from_ml_backend`): what it does not like it drops without a
 * word, or with the whole batch.
 */
export function readResults(body: unknown, what: string, context: ResultsContext): ReadResults {
  const { tasks } = context
  const results = isRecord(body) ? body.results : undefined
  if (!Array.isArray(results)) {
    const keys = isRecord(body) ? `an object with ${Object.keys(body).join(', ') || 'no keys'}` : typeof body
    return lost(what, `expected { "results": […] }, got ${keys}`)
  }
  if (results.length === 0)
    return lost(what, 'the list of results is empty', 'Answer [] in place of a task without any.')
  if (results.length !== tasks.length && results.length > 1) {
    return lost(
      what,
      `${amount(results.length, 'result')} for ${amount(tasks.length, 'task')}`,
      'Answer one result a task, in order.',
    )
  }
  const findings: Finding[] = []
  if (results.length < tasks.length) {
    findings.push({
      verdict: 'warning',
      what,
      message: `one result for ${amount(tasks.length, 'task')}: Label Studio asks again, task by task`,
      mend: 'Answer one result a task, in order.',
    })
  }
  const versions = new Set<unknown>()
  let shown = 0
  let empty = 0
  for (const [index, result] of results.entries()) {
    const task = tasks[index] as PlacedTask
    const predictions = Array.isArray(result) ? result : [result]
    if (predictions.every(isEmpty)) empty += 1
    for (const [place, prediction] of predictions.entries()) {
      const problems = predictionFindings(prediction, place + 1, task, context.labelConfig, 'answer')
      findings.push(...problems)
      if (!isEmpty(prediction) && !problems.some(({ verdict }) => verdict === 'problem')) shown += 1
      if (isRecord(prediction)) versions.add(prediction.model_version)
    }
  }
  if (empty === results.length) findings.push(nothing(what, tasks.length, context.labelConfig))
  else if (empty > results.length / 2) findings.push(mostlyNothing(what, empty, results.length))
  return { shown, findings: [...findings, ...versionFindings(what, versions, context.setupVersion)] }
}

/** Reads the answer to a click: `results[0]` goes to the browser as it is. */
export function readInteractive(body: unknown, what: string, context: ResultsContext): ReadResults {
  const results = isRecord(body) ? body.results : undefined
  const [first] = Array.isArray(results) ? results : []
  if (!isRecord(first) || !Array.isArray(first.result)) {
    const got = Array.isArray(first) ? 'a list of predictions' : first === undefined ? 'nothing' : 'something else'
    return {
      shown: 0,
      findings: [
        {
          verdict: 'problem',
          what,
          message: `expected a prediction, an object with "result", in results[0]; got ${got}: the browser shows nothing`,
          mend: 'Answer { "results": [{ "result": […] }] }.',
        },
      ],
    }
  }
  const task = context.tasks[0] as PlacedTask
  // The version and the score go nowhere here.
  const problems = checkPrediction({ result: first.result }, context.labelConfig, task)
  const findings =
    problems.length === 0 ? [] : predictionFindings({ result: first.result }, 1, task, context.labelConfig, 'stored')
  return { shown: problems.length === 0 ? first.result.length : 0, findings }
}

/** Is stored, and shows nothing. */
function isEmpty(prediction: unknown): boolean {
  return isRecord(prediction) && Array.isArray(prediction.result) && prediction.result.length === 0
}

function lost(what: string, message: string, mend?: string): ReadResults {
  const consequence = 'Label Studio says «Retrieved predictions» and stores nothing'
  return { shown: 0, findings: [{ verdict: 'problem', what, message: `${message}: ${consequence}`, mend }] }
}

function mostlyNothing(what: string, empty: number, tasks: number): Finding {
  return {
    verdict: 'warning',
    what,
    message: `no prediction for ${empty} of ${amount(tasks, 'task')}: nothing shows on them`,
    mend: 'Do those tasks have the data that the model reads? Does it throw for them? The log of the backend says more.',
  }
}

function nothing(what: string, tasks: number, { controls }: LabelConfig): Finding {
  const message = `no prediction for any of ${amount(tasks, 'task')}: nothing shows`
  // A backend that answers clicks has nothing to say before the first.
  if ([...controls.values()].some(({ smart }) => smart)) {
    return { verdict: 'warning', what, message, mend: 'Nothing to do if it is only meant to answer the smart tool.' }
  }
  return {
    verdict: 'problem',
    what,
    message,
    mend: 'Does the model want training first? Do the tasks have the data that it reads? The log of the backend says more.',
  }
}

function versionFindings(what: string, versions: ReadonlySet<unknown>, setupVersion: string | undefined): Finding[] {
  if (versions.has(undefined) && setupVersion === undefined) {
    return [
      {
        verdict: 'problem',
        what,
        message:
          'neither /setup nor the predictions name a version: Label Studio refuses the whole batch (400), nothing is stored',
        mend: 'Put "model_version", a text, into each prediction.',
      },
    ]
  }
  const others = [...versions].filter(version => typeof version === 'string' && version !== setupVersion)
  if (others.length === 0) return []
  return [
    {
      verdict: 'warning',
      what,
      message: `predictions are of version ${others.slice(0, 3).join(', ')}, /setup says ${setupVersion ?? 'none'}: Label Studio asks for them again each time`,
      mend: 'Answer the same version in /setup and in each prediction.',
    },
  ]
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
