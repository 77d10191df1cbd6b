import { HtxError } from '@htx/core'
import type { Envelope, ReadEnvelope } from './envelope.ts'

/**
 * The body of `/predict`, cut at its tasks without parsing them: the main thread needs their number and the few fields
 * around them; parsing is the worker's part.
 */
export interface PredictBody {
  readonly bytes: Uint8Array
  /** Start and end of each task, bytes: start of task i at `2i`, its end at `2i + 1`. */
  readonly taskSpans: readonly number[]
  readonly taskCount: number
  /** Everything but the tasks; the same object for bodies that are equal in it. */
  readonly envelope: Envelope
}

const quote = 0x22
const backslash = 0x5c
const comma = 0x2c
const colon = 0x3a
const openBrace = 0x7b
const closeBrace = 0x7d
const openBracket = 0x5b
const closeBracket = 0x5d
const upperZ = 0x5a
const bracketToBrace = 0x20

/** Two numbers are kept of each task; the shortest tasks that a body has room for would be tens of millions. */
const mostTasks = 1_000_000

/**
 * Finds the tasks in the JSON of a `/predict` body.
 *
 * @throws HtxError `HTX_REQUEST_INVALID` when it is no JSON object with a list `tasks` (a mistake inside a task shows only when the worker parses it);
 * `HTX_REQUEST_TOO_LARGE` when it has more than a million tasks
 */
export function readPredictBody(bytes: Uint8Array, readEnvelope: ReadEnvelope): PredictBody {
  let listStart = -1
  let listEnd = -1
  let taskSpans: number[] = []
  let at = skipSpace(bytes, 0)
  if (bytes[at] !== openBrace)
    throw invalid(bytes, 'a JSON object such as {"tasks": […], "project": …, "label_config": …}')
  at = skipSpace(bytes, at + 1)
  while (bytes[at] !== closeBrace) {
    if (bytes[at] !== quote) throw invalid(bytes, `a key at byte ${at}`)
    const keyEnd = skipString(bytes, at)
    const isTasks = isTasksKey(bytes, at, keyEnd)
    at = skipSpace(bytes, keyEnd)
    if (bytes[at] !== colon) throw invalid(bytes, `a colon at byte ${at}`)
    at = skipSpace(bytes, at + 1)
    const valueStart = at
    if (isTasks && bytes[at] === openBracket) {
      taskSpans = []
      at = readList(bytes, at, taskSpans)
      listStart = valueStart
      listEnd = at - 1
    } else {
      at = skipValue(bytes, at)
      // The last of several counts, as for JSON.parse.
      if (isTasks) listStart = -1
    }
    at = skipSpace(bytes, at)
    if (bytes[at] === comma) at = skipSpace(bytes, at + 1)
    else if (bytes[at] !== closeBrace) throw invalid(bytes, `a comma or the end of the object at byte ${at}`)
  }
  if (listStart < 0)
    throw new HtxError('HTX_REQUEST_INVALID', 'the body of /predict must have a list "tasks"; it has none')
  const envelope = readEnvelope(bytes.subarray(0, listStart + 1), bytes.subarray(listEnd))
  return { bytes, taskSpans, taskCount: taskSpans.length / 2, envelope }
}

/** The tasks from `from` to before `to`, with the commas between them. */
export function taskBytes({ bytes, taskSpans }: PredictBody, from: number, to: number): Uint8Array {
  return to > from ? bytes.subarray(taskSpans[2 * from], taskSpans[2 * to - 1]) : noBytes
}

const noBytes = new Uint8Array(0)

/** @returns the byte after the list */
function readList(bytes: Uint8Array, start: number, spans: number[]): number {
  let at = skipSpace(bytes, start + 1)
  if (bytes[at] === closeBracket) return at + 1
  for (;;) {
    const end = skipValue(bytes, at)
    spans.push(at, end)
    if (spans.length > 2 * mostTasks) throw tooMany()
    at = skipSpace(bytes, end)
    if (bytes[at] === closeBracket) return at + 1
    if (bytes[at] !== comma) throw invalid(bytes, `a comma or the end of "tasks" at byte ${at}`)
    at = skipSpace(bytes, at + 1)
  }
}

/** @returns the byte after the value; nesting is counted, not recursed into */
function skipValue(bytes: Uint8Array, start: number): number {
  const first = bytes[start]
  if (first === quote) return skipString(bytes, start)
  if (first === openBrace || first === openBracket) return skipNested(bytes, start)
  let at = start
  while (at < bytes.length && !endsScalar(bytes[at] as number)) at += 1
  if (at === start) throw invalid(bytes, `a value at byte ${start}`)
  return at
}

/**
 * This loop sees every byte of every request. Texts are skipped in place: with a call for each it takes a quarter longer. One bit makes a bracket a
 * brace, and all of these are above `Z`: with four comparisons it takes a quarter longer, too.
 */
function skipNested(bytes: Uint8Array, start: number): number {
  const { length } = bytes
  let depth = 0
  let at = start
  while (at < length) {
    const byte = bytes[at++] as number
    if (byte === quote) {
      while (at < length) {
        const inner = bytes[at++]
        if (inner === quote) break
        if (inner === backslash) at += 1
      }
    } else if (byte > upperZ) {
      const brace = byte | bracketToBrace
      if (brace === openBrace) depth += 1
      else if (brace === closeBrace) {
        depth -= 1
        if (depth === 0) return at
      }
    }
  }
  throw invalid(bytes, `the end of the value that starts at byte ${start}`)
}

function endsScalar(byte: number): boolean {
  return byte === comma || byte === closeBrace || byte === closeBracket || isSpace(byte)
}

/** @returns the byte after the closing quote */
function skipString(bytes: Uint8Array, start: number): number {
  let at = start + 1
  while (at < bytes.length) {
    const byte = bytes[at]
    if (byte === quote) return at + 1
    at += byte === backslash ? 2 : 1
  }
  throw invalid(bytes, `the end of the text that starts at byte ${start}`)
}

function skipSpace(bytes: Uint8Array, start: number): number {
  let at = start
  while (isSpace(bytes[at] as number)) at += 1
  return at
}

function isSpace(byte: number): boolean {
  return byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09
}

/** A key may be written with escapes; JSON.parse takes the last of several equal keys, and so do we. */
function isTasksKey(bytes: Uint8Array, start: number, end: number): boolean {
  const text = decode(bytes, start, end)
  return text === '"tasks"' || (text.includes('\\') && parseKey(text) === 'tasks')
}

function parseKey(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

function decode(bytes: Uint8Array, start: number, end: number): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset + start, end - start).toString('utf8')
}

function tooMany(): HtxError {
  return new HtxError(
    'HTX_REQUEST_TOO_LARGE',
    `a request may have ${mostTasks} tasks at most; this one has more. Send fewer at a time`,
  )
}

function invalid(bytes: Uint8Array, expected: string): HtxError {
  const came =
    bytes.length === 0
      ? 'the body is empty'
      : `the body has ${bytes.length} bytes and begins with «${decode(bytes, 0, 1)}»`
  return new HtxError('HTX_REQUEST_INVALID', `the body of /predict must be JSON: expected ${expected}; ${came}`)
}
