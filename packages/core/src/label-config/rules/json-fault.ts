/** Deeper than any region; a value that holds itself ends here too. */
const deepestNesting = 100

export interface JsonFault {
  /** Path from the value that was looked at, such as `.meta.text[0]`. */
  readonly path: string
  readonly expected: string
  readonly got: unknown
}

/**
 * Finds the first thing in a value that JSON would change or refuse: `NaN` becomes null, a typed array an object, a function is lost.
 *
 * @returns undefined when all of it survives
 */
export function jsonFault(value: unknown, depth = 0): JsonFault | undefined {
  if (value === null || value === undefined || typeof value === 'string' || typeof value === 'boolean') return undefined
  if (typeof value === 'number') return Number.isFinite(value) ? undefined : fault('a finite number', value)
  if (typeof value !== 'object') return fault('a value that JSON can hold', value)
  if (depth > deepestNesting) return fault(`at most ${deepestNesting} levels`, 'more, or a value that holds itself')
  if (Array.isArray(value)) return faultInList(value, depth)
  if (ArrayBuffer.isView(value)) return fault('a plain list of numbers', value)
  if (value instanceof Map || value instanceof Set) return fault('a plain list or object', value)
  if (!keepsItsKeys(value)) return fault('a plain object', value)
  for (const key in value) {
    const found = jsonFault((value as Record<string, unknown>)[key], depth + 1)
    if (found !== undefined) return { ...found, path: `.${key}${found.path}` }
  }
  return undefined
}

/** False for what JSON writes as something else: a Date, a String, a Promise, an object whose fields are those of its prototype. */
function keepsItsKeys(value: object): boolean {
  if (typeof (value as { toJSON?: unknown }).toJSON === 'function') return false
  const prototype = Object.getPrototypeOf(value)
  if (prototype === null || prototype === Object.prototype) return true
  return Object.keys(value).length > 0 && !(value instanceof String)
}

function faultInList(list: readonly unknown[], depth: number): JsonFault | undefined {
  for (let place = 0; place < list.length; place += 1) {
    const entry = list[place]
    const found = entry === undefined ? fault('a value', entry) : jsonFault(entry, depth + 1)
    if (found !== undefined) return { ...found, path: `[${place}]${found.path}` }
  }
  return undefined
}

function fault(expected: string, got: unknown): JsonFault {
  return { path: '', expected, got }
}
