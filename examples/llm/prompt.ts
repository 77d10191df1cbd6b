import type { Binding, InteractiveContext, ModelTask, ObjectTag } from '@htx/core'
import type { Settings } from './settings.ts'

/** What a person has typed into the prompt's text area. */
export function typedPrompt(
  interactive: InteractiveContext | undefined,
  prompt: Binding | undefined,
): string | undefined {
  const typed = (interactive?.result ?? [])
    .filter(({ from_name }) => from_name === prompt?.control.name)
    .flatMap(({ value }) => (Array.isArray(value.text) ? value.text : [value.text]))
    .filter((text): text is string => typeof text === 'string' && text.trim() !== '')
  return typed.length === 0 ? undefined : typed.join('\n')
}

/** The message for a task: the template, with the prompt, the text and the task's data in their places. */
export function messageFor(
  task: ModelTask,
  prompt: string,
  objects: readonly ObjectTag[],
  labels: readonly string[],
  settings: Settings,
): string {
  const text = task.input.map((value, place) => textOf(value, objects[place])).join('\n\n')
  const places = new Map([...Object.entries(task.data), ['labels', labels.join(', ')], ['text', text]])
  const filled = fill(prompt, places)
  return fill(settings.template, new Map([...places, ['prompt', filled]]))
}

/** Fills what it knows; other braces, such as those of JSON, stay. What is filled in is not looked through again. */
function fill(template: string, places: ReadonlyMap<string, unknown>): string {
  return template.replace(/\{([^{}\s]+)\}/g, (braces, name: string) =>
    places.has(name) ? textOf(places.get(name)) : braces,
  )
}

/** A dialogue (`<Paragraphs>`) becomes a line a turn. */
function textOf(value: unknown, object?: ObjectTag): string {
  if (typeof value === 'string') return value
  const { nameKey = 'author', textKey = 'text' } = object?.attributes ?? {}
  if (object?.tag === 'Paragraphs' && Array.isArray(value)) {
    return value.map((turn: Record<string, unknown>) => `${turn[nameKey] ?? ''}: ${turn[textKey] ?? ''}`).join('\n')
  }
  return JSON.stringify(value)
}
