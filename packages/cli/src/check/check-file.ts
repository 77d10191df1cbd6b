import { HtxError, jsonValues, type LabelConfig, messageOf } from '@htx/core'
import { amount } from '../amount.ts'
import { type Finding, type PredictionPlace, placeWords } from './finding.ts'
import { predictionFindings } from './prediction-findings.ts'

/** What a file holds, for the last line. */
export interface FileFacts {
  tasks: number
  predictions: number
  /** Tasks that have none. */
  withoutPredictions: number
}

/**
 * Looks at what Label Studio imports: tasks with `predictions`, as a JSON list or one object a line. Files of any size take the same memory.
 *
 * @param name of the file, for errors
 * @returns problems and warnings, in the order of the file
 * @throws HtxError `HTX_EXPORT_INVALID` when it is no JSON
 */
export async function* checkFile(
  bytes: AsyncIterable<Uint8Array>,
  name: string,
  labelConfig: LabelConfig,
  facts: FileFacts,
): AsyncGenerator<Finding> {
  const versions = new Set<string>()
  try {
    for await (const value of jsonValues(bytes)) {
      facts.tasks += 1
      yield* checkTask(value, labelConfig, facts, versions)
    }
  } catch (error) {
    throw new HtxError(
      'HTX_EXPORT_INVALID',
      `${name}: expected a JSON list of tasks, or a task a line; ${messageOf(error)}`,
      { cause: error },
    )
  }
  yield* checkWhole(name, facts, versions)
}

function* checkTask(
  value: unknown,
  labelConfig: LabelConfig,
  facts: FileFacts,
  versions: Set<string>,
): Generator<Finding> {
  const number = facts.tasks
  if (!isRecord(value)) {
    yield fault({ task: number }, 'expected a task, which is an object; Label Studio refuses the whole file (400)')
    return
  }
  const { id, data, predictions } = value
  const place = { task: number, taskId: id }
  if (!isRecord(data) && data === undefined && predictions === undefined) {
    // Label Studio takes an object without "data" for the data itself.
    yield* checkData(value, labelConfig, place)
    facts.withoutPredictions += 1
    return
  }
  if (!isRecord(data)) {
    yield fault(
      place,
      'it has no "data": Label Studio takes the whole object for the data, and its predictions for a part of that',
      'Write { "data": {…}, "predictions": […] }.',
    )
    return
  }
  yield* checkData(data, labelConfig, place)
  if (predictions === undefined && value.prediction !== undefined) {
    yield fault(
      { ...place, field: 'prediction' },
      'did you mean "predictions"? Label Studio overlooks this key, and shows nothing',
      'Write "predictions": [{ "result": […] }].',
    )
  }
  if (predictions === undefined || (Array.isArray(predictions) && predictions.length === 0)) {
    facts.withoutPredictions += 1
    return
  }
  if (!Array.isArray(predictions)) {
    yield fault(
      { ...place, field: 'predictions' },
      'expected a list; Label Studio refuses the whole file (400)',
      'Write "predictions": [{ "result": […] }].',
    )
    return
  }
  for (const [index, prediction] of predictions.entries()) {
    facts.predictions += 1
    if (isRecord(prediction) && typeof prediction.model_version === 'string') {
      // A version for each prediction would be a mistake of its own; memory stays bounded.
      if (versions.size < 100) versions.add(prediction.model_version)
    }
    yield* predictionFindings(prediction, index + 1, { place: number, id, data }, labelConfig, 'import')
  }
}

function* checkData(
  data: Readonly<Record<string, unknown>>,
  labelConfig: LabelConfig,
  place: PredictionPlace,
): Generator<Finding> {
  for (const key of missingKeys(data, labelConfig)) {
    yield fault(
      { ...place, field: `data.${key}` },
      `the label config shows $${key}, the task has ${Object.keys(data).join(', ') || 'no data'}; Label Studio refuses the whole file (400)`,
      `Give the data as ${JSON.stringify(key)}, or change the label config.`,
    )
  }
}

function* checkWhole(name: string, facts: FileFacts, versions: ReadonlySet<string>): Generator<Finding> {
  if (facts.predictions === 0) {
    yield {
      verdict: 'problem',
      what: name,
      message:
        facts.tasks === 0
          ? 'it holds no task'
          : `${amount(facts.tasks, 'task')}, none of which has predictions: nothing would show`,
      mend: 'Give each task a list "predictions"; htx-predict writes such a file.',
    }
  }
  if (versions.size > 1) {
    yield {
      verdict: 'warning',
      what: name,
      message: `its predictions are of ${versions.size} versions (${[...versions].slice(0, 5).join(', ')}); a project shows one of them at a time`,
      mend: 'Choose it in the project: Settings > Annotation > Prelabeling.',
    }
  }
}

/** Keys of the data that object tags show and a task lacks: Label Studio asks for each of them. */
function missingKeys(data: Readonly<Record<string, unknown>>, { objects }: LabelConfig): string[] {
  const keys = [...objects.values()].flatMap(({ dataKey }) => dataKey?.split(/[.[]/)[0] ?? [])
  return [...new Set(keys)].filter(key => !(key in data) && !('$undefined$' in data))
}

function fault(place: PredictionPlace, message: string, mend?: string): Finding {
  return { verdict: 'problem', what: placeWords(place), message, mend, place }
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
