import {
  type FetchedInput,
  HtxError,
  type HtxErrorData,
  type InteractiveContext,
  type LegacySchema,
  type PredictRequest,
  type PredictTimes,
  parsePredictRequest,
  type Rejection,
  type TaskOutcome,
  toHtxError,
} from '@htx/core'
import type { GroupMessage, GroupStages, PieceAnswer, RunAnswer, RunMessage } from '../pool/messages.ts'
import { answerText } from './answer-text.ts'
import type { Replicas } from './replicas.ts'

/** What came of a piece, not yet written. */
type PieceText =
  | {
      readonly text: string
      readonly rejections: readonly Rejection[]
      readonly taskTimes: PredictTimes
      readonly stages?: GroupStages
    }
  | { readonly error: HtxErrorData }

/** Who answers in this thread. */
export interface Answering {
  readonly replicas: Replicas
  /** Most tasks that one call of `predict` gets. */
  readonly batchTasks: number
}

/** A run under way. */
interface Running {
  readonly answering: Answering
  readonly signal: AbortSignal
  /** Its beginning, when its answer shall say when each stage was. */
  readonly stagesFrom: number | undefined
}

/** Parses the groups of a run, asks the model about each, and writes the answers of their pieces. */
export async function answerRun(message: RunMessage, answering: Answering, signal: AbortSignal): Promise<RunAnswer> {
  const startedAt = performance.now()
  const run = { answering, signal, stagesFrom: message.tellStages === true ? startedAt : undefined }
  const answers: PieceText[] = []
  let offset = 0
  for (const group of message.groups) {
    const length = groupLength(group)
    const bytes = message.bytes.subarray(offset, offset + length)
    offset += length
    answers.push(...(await answerGroup(bytes, group, run)))
  }
  return { ...writeAnswer(answers), workMs: performance.now() - startedAt }
}

function groupLength({ headBytes, tailBytes, pieces }: GroupMessage): number {
  return pieces.reduce((sum, { lengthBytes }) => sum + lengthBytes, headBytes + tailBytes + pieces.length - 1)
}

/** A piece that cannot be read costs only itself: then each is read alone. */
async function answerGroup(bytes: Uint8Array, group: GroupMessage, run: Running): Promise<PieceText[]> {
  let request: PredictRequest
  try {
    request = parsePredictRequest(bytes)
  } catch (error) {
    if (group.pieces.length === 1) return [{ error: toHtxError(error, 'HTX_REQUEST_INVALID').toData() }]
    const answers: PieceText[] = []
    for (const alone of cutGroup(bytes, group)) {
      answers.push(...(await answerGroup(alone.bytes, alone.group, run)))
    }
    return answers
  }
  const { stagesFrom } = run
  const startMs = stagesFrom === undefined ? 0 : performance.now() - stagesFrom
  try {
    const { outcomes, times } = await ask(request, group, run)
    const tasks = request.tasks.length
    const share = 1 / tasks
    const { resolveMs, modelMs, checkMs } = times
    const taskTimes = { resolveMs: resolveMs * share, modelMs: modelMs * share, checkMs: checkMs * share }
    return shareOut(
      outcomes,
      group,
      taskTimes,
      stagesFrom === undefined ? {} : { stages: { startMs, tasks, ...times } },
    )
  } catch (error) {
    const data = toHtxError(error, 'HTX_MODEL_FAILED').toData()
    return group.pieces.map(() => ({ error: data }))
  }
}

function shareOut(
  outcomes: readonly TaskOutcome[],
  { pieces, shape }: GroupMessage,
  taskTimes: PredictTimes,
  more: { readonly stages?: GroupStages },
): PieceText[] {
  let from = 0
  return pieces.map(({ tasks }) => {
    const own = outcomes.slice(from, from + tasks)
    from += tasks
    return { ...answerText(own, shape), taskTimes, ...more }
  })
}

/** Each piece of a group as a group of its own. */
function* cutGroup(bytes: Uint8Array, group: GroupMessage): Iterable<{ bytes: Uint8Array; group: GroupMessage }> {
  const { headBytes, tailBytes } = group
  let offset = headBytes
  for (const piece of group.pieces) {
    const parts = [
      bytes.subarray(0, headBytes),
      bytes.subarray(offset, offset + piece.lengthBytes),
      bytes.subarray(bytes.length - tailBytes),
    ]
    offset += piece.lengthBytes + 1
    yield { bytes: Buffer.concat(parts), group: { ...group, pieces: [piece] } }
  }
}

/** The model gets a batch at a time. */
async function ask(
  request: PredictRequest,
  group: GroupMessage,
  { answering, signal }: Running,
): Promise<{ outcomes: TaskOutcome[]; times: PredictTimes }> {
  const { context, login: _login, password: _password, ...params } = request.params ?? {}
  const { replicas, batchTasks } = answering
  const model = replicas.get(group.versionKey)
  const fetched = fetchedFor(group)
  const outcomes: TaskOutcome[] = []
  const times = { resolveMs: 0, modelMs: 0, checkMs: 0 }
  const options = {
    labelConfig: group.labelConfig ?? labelConfigOf(request),
    project: group.project,
    caller: group.caller,
    params,
    interactive: interactiveContext(context),
    signal,
    onTimes({ resolveMs, modelMs, checkMs }: PredictTimes) {
      times.resolveMs += resolveMs
      times.modelMs += modelMs
      times.checkMs += checkMs
    },
  }
  for (let from = 0; from < request.tasks.length; from += batchTasks) {
    const to = from + batchTasks
    const answers = await model.predict(request.tasks.slice(from, to), {
      ...options,
      fetched: fetched?.slice(from, to),
    })
    outcomes.push(...answers)
  }
  return { outcomes, times }
}

function fetchedFor({ pieces }: GroupMessage): (FetchedInput | undefined)[] | undefined {
  if (pieces.every(({ fetched }) => fetched === undefined)) return undefined
  return pieces.flatMap(({ tasks, fetched = new Array(tasks).fill(undefined) }) => fetched)
}

/** @throws HtxError `HTX_REQUEST_INVALID` when there is none */
export function labelConfigOf({ label_config, schema }: PredictRequest): string | LegacySchema {
  const config = label_config ?? schema
  if (config !== undefined && config !== null) return config
  throw new HtxError(
    'HTX_REQUEST_INVALID',
    'the body of /predict must carry the label config in "label_config"; it has none',
  )
}

function interactiveContext(context: unknown): InteractiveContext | undefined {
  if (typeof context !== 'object' || context === null) return undefined
  const { result } = context as { result?: unknown }
  return { ...context, result: Array.isArray(result) ? result : [] }
}

function writeAnswer(answers: readonly PieceText[]): Omit<RunAnswer, 'workMs'> {
  let text = ''
  const pieces = answers.map((answer): PieceAnswer => {
    if ('error' in answer) return answer
    const { text: own, ...facts } = answer
    text += own
    return { length: own.length, ...facts }
  })
  return { text, pieces }
}
