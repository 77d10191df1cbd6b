import { JSONParser } from '@streamparser/json'
import { messageOf } from '../errors/htx-error.ts'

/** A text that is no JSON; the message says at which item, from 1. */
export class JsonFault extends Error {
  override readonly name = 'JsonFault'
}

/**
 * The items of a JSON list, or JSON objects one after the other; the text is never held as a whole.
 *
 * @throws JsonFault
 */
export async function* jsonValues(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<unknown> {
  let parser: JSONParser | undefined
  let found: unknown[] = []
  let count = 0
  for await (const chunk of bytes) {
    parser ??= openParser(chunk, value => found.push(value))
    try {
      parser.write(chunk)
    } catch (error) {
      // What came before the fault is right.
      yield* found
      throw faultOf(error, count + found.length + 1, chunk)
    }
    yield* found
    count += found.length
    found = []
  }
  try {
    if (parser !== undefined && !parser.isEnded) parser.end()
  } catch (error) {
    throw faultOf(error, count + 1)
  }
  yield* found
}

/** In words of ours: the parser's name the states it is in. */
function faultOf(error: unknown, task: number, chunk?: Uint8Array): JsonFault {
  const words = messageOf(error)
  if (chunk === undefined) return new JsonFault(`the file ends in the middle of task ${task}`, { cause: error })
  const [, character, position] = /^Unexpected "(.*)" at chunk position "(\d+)"/s.exec(words) ?? []
  const [, token] = /^Unexpected \w+ \((.*)\) in state/s.exec(words) ?? []
  const start = Number(position ?? chunk.length)
  const [number] = /^(NaN|Infinity)/.exec(new TextDecoder().decode(chunk.subarray(start, start + 8))) ?? []
  const got = number ?? character ?? token?.replaceAll('"', '')
  const at = got === undefined ? words : `unexpected ${JSON.stringify(got)}`
  const hint = number === undefined ? '' : '. NaN and Infinity, as Python writes them, are no JSON: write null'
  return new JsonFault(`not JSON at task ${task}: ${at}${hint}`, { cause: error })
}

function openParser(first: Uint8Array, onValue: (value: unknown) => void): JSONParser {
  const isList = /^[\s\uFEFF]*\[/.test(new TextDecoder().decode(first))
  // The list itself is not kept, or it would grow to the whole file.
  const parser = isList
    ? new JSONParser({ paths: ['$.*'], keepStack: false })
    : new JSONParser({ paths: ['$'], separator: '' })
  parser.onValue = ({ value }) => onValue(value)
  return parser
}
