/**
 * Inside a `<Repeater>` names hold a variable; in results its place holds a number. Variables in a row, and digits after one, are one
 * number there: told apart they would make a pattern that tries every way to share the digits out.
 */
const repeaterVariable = /(?:\{\{[^{}]*\}\}\d*)+/

interface Named {
  readonly name: string
}

const patternsOf = new WeakMap<ReadonlyMap<string, Named>, readonly [RegExp, Named][]>()

/** Finds a tag by the name that a region gives, such as `labels_3` for `<Labels name="labels_{{idx}}">`. */
export function findTag<T extends Named>(tags: ReadonlyMap<string, T>, name: unknown): T | undefined {
  if (typeof name !== 'string') return undefined
  const exact = tags.get(name)
  if (exact !== undefined) return exact
  let patterns = patternsOf.get(tags)
  if (patterns === undefined) {
    patterns = [...tags.values()].filter(tag => repeaterVariable.test(tag.name)).map(tag => [patternOf(tag.name), tag])
    patternsOf.set(tags, patterns)
  }
  return patterns.find(([pattern]) => pattern.test(name))?.[1] as T | undefined
}

function patternOf(name: string): RegExp {
  const parts = name.split(repeaterVariable).map(part => part.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&'))
  return new RegExp(`^${parts.join('\\d+(?!\\d)')}$`)
}
