import {
  HtxError,
  type InteractiveContext,
  type LegacySchema,
  type PredictRequest,
  parsePredictRequest,
  type TaskOutcome,
  toHtxError,
} from '@htx/core'
import type { PieceAnswer, PieceMessage, RunAnswer, RunMessage } from '../pool/messages.ts'
import { answerText } from './answer-text.ts'
import type { Replicas } from './replicas.ts'

const encoder = new TextEncoder()

/** A piece that has been parsed. */
interface ParsedPiece {
  readonly message: PieceMessage
  readonly request: PredictRequest
}

/** Parses the pieces of a run, asks the model about all that may go together, and writes their answers. */
export async function answerRun(message: RunMessage, replicas: Replicas, signal: AbortSignal): Promise<RunAnswer> {
  const answers: (PieceAnswer | undefined)[] = new Array(message.pieces.length)
  const texts: string[] = new Array(message.pieces.length).fill('')
  const groups = new Map<string, { place: number; piece: ParsedPiece }[]>()
  let offset = 0
  for (const [place, piece] of message.pieces.entries()) {
    const bytes = message.bytes.subarray(offset, offset + piece.lengthBytes)
    offset += piece.lengthBytes
    try {
      const request = parsePredictRequest(bytes)
      const key = groupKey(piece, request)
      const group = groups.get(key)
      if (group === undefined) groups.set(key, [{ place, piece: { message: piece, request } }])
      else group.push({ place, piece: { message: piece, request } })
    } catch (error) {
      answers[place] = { error: toHtxError(error, 'HTX_REQUEST_INVALID').toData() }
    }
  }
  let modelMs = 0
  for (const group of groups.values()) {
    const pieces = group.map(entry => entry.piece)
    const startedAt = performance.now()
    try {
      const outcomes = await ask(pieces, replicas, signal)
      for (const [index, { place, piece }] of group.entries()) {
        const own = outcomes[index] as TaskOutcome[]
        const { text, rejections } = answerText(own, piece.message.shape)
        texts[place] = text
        answers[place] = { lengthBytes: 0, rejections }
      }
    } catch (error) {
      for (const { place } of group) answers[place] = { error: toHtxError(error, 'HTX_MODEL_FAILED').toData() }
    }
    modelMs += performance.now() - startedAt
  }
  return join(texts, answers as PieceAnswer[], modelMs)
}

/** Requests that differ in nothing but their tasks go to the model as one batch; interactive ones go alone. */
function groupKey(
  { versionKey, project, requestId, caller }: PieceMessage,
  { label_config, schema, params }: PredictRequest,
): string {
  if (params?.context) return requestId
  const binding = label_config ?? (typeof schema === 'object' ? JSON.stringify(schema) : schema)
  return `${versionKey}\n${project}\n${JSON.stringify([caller, params])}\n${binding}`
}

/** @returns the outcomes of each piece */
async function ask(pieces: readonly ParsedPiece[], replicas: Replicas, signal: AbortSignal): Promise<TaskOutcome[][]> {
  const { message, request } = pieces[0] as ParsedPiece
  const { context, login: _login, password: _password, ...params } = request.params ?? {}
  const outcomes = await replicas.get(message.versionKey).predict(
    pieces.flatMap(piece => piece.request.tasks),
    {
      labelConfig: message.labelConfig ?? labelConfigOf(request),
      project: message.project,
      caller: message.caller,
      params,
      interactive: interactiveContext(context),
      signal,
    },
  )
  let from = 0
  return pieces.map(piece => {
    const own = outcomes.slice(from, from + piece.request.tasks.length)
    from += own.length
    return own
  })
}

function labelConfigOf({ label_config, schema }: PredictRequest): string | LegacySchema {
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

function join(texts: readonly string[], answers: readonly PieceAnswer[], modelMs: number): RunAnswer {
  const parts = texts.map(text => encoder.encode(text))
  const bytes = new Uint8Array(parts.reduce((length, part) => length + part.length, 0))
  let offset = 0
  const pieces = answers.map((answer, place) => {
    const part = parts[place] as Uint8Array
    bytes.set(part, offset)
    offset += part.length
    return 'error' in answer ? answer : { ...answer, lengthBytes: part.length }
  })
  return { bytes, pieces, modelMs }
}
