import { type Binding, choices, type Label, type Region, textArea } from '@htx/core'

/** JSON Schema of an answer: a property for every control that is to be filled, with its choices as `enum`. */
export function schemaFor(controls: readonly Binding[]): Record<string, unknown> {
  const properties = Object.fromEntries(controls.map(binding => [binding.control.name, schemaOf(binding)]))
  return { type: 'object', properties, required: Object.keys(properties), additionalProperties: false }
}

function schemaOf(binding: Binding): Record<string, unknown> {
  if (binding.control.tag === 'TextArea') return { type: 'string' }
  const names = namesOf(binding)
  const choice = names.size === 0 ? { type: 'string' } : { type: 'string', enum: [...names.keys()] }
  return binding.control.attributes.choice === 'multiple' ? { type: 'array', items: choice } : choice
}

/**
 * Reads an answer; for APIs that do not hold to the schema, too: JSON in a fence of Markdown, choices in other letters.
 *
 * @throws Error that says what is wrong with it, for the model to read
 */
export function regionsOf(content: string, controls: readonly Binding[]): Region[] {
  const answer = parse(content)
  return controls.flatMap(binding => {
    const { name, tag } = binding.control
    const given = answer[name]
    if (tag === 'TextArea') {
      if (typeof given !== 'string') throw new Error(`"${name}" must be a text`)
      return given.trim() === '' ? [] : [textArea(binding, [given.trim()])]
    }
    const values = [given].flat().map(value => choiceOf(value, binding))
    return values.length === 0 ? [] : [choices(binding, values)]
  })
}

function parse(content: string): Record<string, unknown> {
  const [, fenced] = /```(?:json)?\s*([\s\S]*?)```/.exec(content) ?? []
  try {
    const answer: unknown = JSON.parse(fenced ?? content)
    if (typeof answer === 'object' && answer !== null) return answer as Record<string, unknown>
  } catch (error) {
    throw new Error(`the answer is no JSON: ${(error as Error).message}`, { cause: error })
  }
  throw new Error('the answer must be a JSON object')
}

function choiceOf(given: unknown, binding: Binding): string {
  const names = namesOf(binding)
  const plain = String(given).trim().toLowerCase()
  const found = [...names].find(([name]) => name.toLowerCase() === plain)?.[1]
  if (found !== undefined) return found
  if (names.size === 0 && typeof given === 'string') return given
  throw new Error(`"${binding.control.name}" must be one of ${[...names.keys()].join(', ')}`)
}

/** What people read for each choice → what stands in results. */
export function namesOf({ control }: Binding): Map<string, string> {
  const flat = (labels: readonly Label[]): [string, string][] =>
    labels.flatMap(({ value, text, children }) => [[text, value], ...flat(children)])
  return new Map(flat(control.labels))
}
