import { JSONParser } from '@streamparser/json'

/** The items of a JSON list, or JSON objects one after the other; the text is never held as a whole. */
export async function* jsonValues(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<unknown> {
  let parser: JSONParser | undefined
  let found: unknown[] = []
  for await (const chunk of bytes) {
    parser ??= openParser(chunk, value => found.push(value))
    try {
      parser.write(chunk)
    } catch (error) {
      // What came before the fault is right.
      yield* found
      throw error
    }
    yield* found
    found = []
  }
  if (parser !== undefined && !parser.isEnded) parser.end()
  yield* found
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
