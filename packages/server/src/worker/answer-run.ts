import {
  type FetchedInput,
  HtxError,
  type HtxErrorData,
  type InteractiveContext,
  type LegacySchema,
  type PredictRequest,
  parsePredictRequest,
  type Rejection,
  type TaskOutcome,
  toHtxError,
} from '@htx/core'
import type { GroupMessage, PieceAnswer, RunAnswer, RunMessage } from '../pool/messages.ts'
import { answerText } from './answer-text.ts'
import type { Replicas } from './replicas.ts'

/** What came of a piece, not yet written. */
type PieceText = { readonly text: string; readonly rejections: readonly Rejection[] } | { readonly error: HtxErrorData }

/** Parses the groups of a run, asks the model about each, and writes the answers of their pieces. */
export async function answerRun(message: RunMessage, replicas: Replicas, signal: AbortSignal): Promise<RunAnswer> {
  const answers: PieceText[] = []
  let modelMs = 0
  let offset = 0
  for (const group of message.groups) {
    const length = groupLength(group)
    const bytes = message.bytes.subarray(offset, offset + length)
    offset += length
    const startedAt = performance.now()
    answers.push(...(await answerGroup(bytes, group, replicas, signal)))
    modelMs += performance.now() - startedAt
  }
  return writeAnswer(answers, modelMs)
}

function groupLength({ headBytes, tailBytes, pieces }: GroupMessage): number {
  return pieces.reduce((sum, { lengthBytes }) => sum + lengthBytes, headBytes + tailBytes + pieces.length - 1)
}

/** A piece that cannot be read costs only itself: then each is read alone. */
async function answerGroup(
  bytes: Uint8Array,
  group: GroupMessage,
  replicas: Replicas,
  signal: AbortSignal,
): Promise<PieceText[]> {
  let request: PredictRequest
  try {
    request = parsePredictRequest(bytes)
  } catch (error) {
    if (group.pieces.length === 1) return [{ error: toHtxError(error, 'HTX_REQUEST_INVALID').toData() }]
    const answers: PieceText[] = []
    for (const alone of cutGroup(bytes, group)) {
      answers.push(...(await answerGroup(alone.bytes, alone.group, replicas, signal)))
    }
    return answers
  }
  try {
    const outcomes = await ask(request, group, replicas, signal)
    return shareOut(outcomes, group)
  } catch (error) {
    const data = toHtxError(error, 'HTX_MODEL_FAILED').toData()
    return group.pieces.map(() => ({ error: data }))
  }
}

function shareOut(outcomes: readonly TaskOutcome[], { pieces, shape }: GroupMessage): PieceText[] {
  let from = 0
  return pieces.map(({ tasks }) => {
    const own = outcomes.slice(from, from + tasks)
    from += tasks
    return answerText(own, shape)
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

function ask(
  request: PredictRequest,
  group: GroupMessage,
  replicas: Replicas,
  signal: AbortSignal,
): Promise<TaskOutcome[]> {
  const { context, login: _login, password: _password, ...params } = request.params ?? {}
  return replicas.get(group.versionKey).predict(request.tasks, {
    labelConfig: group.labelConfig ?? labelConfigOf(request),
    project: group.project,
    caller: group.caller,
    params,
    interactive: interactiveContext(context),
    fetched: fetchedFor(group),
    signal,
  })
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

function writeAnswer(answers: readonly PieceText[], modelMs: number): RunAnswer {
  let text = ''
  const pieces = answers.map((answer): PieceAnswer => {
    if ('error' in answer) return answer
    text += answer.text
    return { length: answer.text.length, rejections: answer.rejections }
  })
  return { text, pieces, modelMs }
}
