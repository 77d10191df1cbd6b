import type { GroupMessage, PieceMessage, RunMessage } from './messages.ts'
import { taskBytes } from './predict-body.ts'
import type { Piece, PredictJob } from './predict-request.ts'

/** What a slot is to do, and for whom. */
export interface Run {
  readonly message: RunMessage
  /** In the order in which the message has them. */
  readonly pieces: readonly Piece[]
}

/** Writes pieces for the worker: those that differ in nothing but their tasks become one body. */
export function writeRun(run: number, pieces: readonly Piece[]): Run {
  const groups: Piece[][] = []
  for (const piece of pieces) {
    const group = groups.find(([first]) => first !== undefined && goTogether(first.request.job, piece.request.job))
    if (group === undefined) groups.push([piece])
    else group.push(piece)
  }
  const parts: Uint8Array[] = []
  const messages = groups.map(group => writeGroup(group, parts))
  const deadlineAt = Math.max(...pieces.map(({ request }) => request.deadlineAt))
  const timeoutMs = Math.max(1, deadlineAt - performance.now())
  const message: RunMessage = { run, bytes: joinBytes(parts), groups: messages, timeoutMs }
  const isTraced = pieces.some(({ request }) => request.job.watch !== undefined)
  return { message: isTraced ? { ...message, tellStages: true } : message, pieces: groups.flat() }
}

function goTogether(one: PredictJob, other: PredictJob): boolean {
  return (
    one.body.envelope === other.body.envelope &&
    one.versionKey === other.versionKey &&
    one.project === other.project &&
    one.shape === other.shape &&
    one.labelConfig === other.labelConfig &&
    one.caller?.url === other.caller?.url &&
    one.caller?.apiKey === other.caller?.apiKey
  )
}

function writeGroup(group: readonly Piece[], parts: Uint8Array[]): GroupMessage {
  const { body, versionKey, project, shape, labelConfig, caller } = (group[0] as Piece).request.job
  const { head, tail } = body.envelope
  parts.push(head)
  const pieces = group.map(({ request, from, to }, place): PieceMessage => {
    const bytes = taskBytes(request.job.body, from, to)
    if (place > 0) parts.push(comma)
    parts.push(bytes)
    const fetched = request.ready.inputs({ from, to })
    return { tasks: to - from, lengthBytes: bytes.length, ...(fetched === undefined ? {} : { fetched }) }
  })
  parts.push(tail)
  return { headBytes: head.length, tailBytes: tail.length, pieces, versionKey, project, shape, labelConfig, caller }
}

const comma = Uint8Array.of(0x2c)

/** Not Buffer.concat: its memory may be shared with others, and this is handed over. */
export function joinBytes(parts: readonly Uint8Array[]): Uint8Array {
  const bytes = new Uint8Array(parts.reduce((length, part) => length + part.length, 0))
  let offset = 0
  for (const part of parts) {
    bytes.set(part, offset)
    offset += part.length
  }
  return bytes
}
