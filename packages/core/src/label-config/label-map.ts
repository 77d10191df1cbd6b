import type { Binding, Label } from './label-config.ts'

/**
 * Which label of a control stands for which class of a model: by the label's attribute `predicted_values` (a comma-separated list of
 * classes), else by the same name, else by the same name in other letters.
 *
 * @returns label values by class name; classes without a label are missing
 */
export function labelMap({ control }: Binding, classes: readonly string[]): Map<string, string> {
  const labels = flatten(control.labels)
  const byClass = new Map<string, string>()
  for (const name of classes) {
    const label =
      labels.findLast(({ attributes }) => predictedValues(attributes.predicted_values).includes(name)) ??
      labels.find(({ value, text }) => value === name || text === name) ??
      labels.find(({ value, text }) => sameLetters(value, name) || sameLetters(text, name))
    if (label !== undefined) byClass.set(name, label.value)
  }
  return byClass
}

function flatten(labels: readonly Label[]): readonly Label[] {
  return labels.flatMap(label => [label, ...flatten(label.children)])
}

function predictedValues(attribute = ''): string[] {
  return attribute.split(',').map(value => value.trim())
}

function sameLetters(one: string, other: string): boolean {
  return one.toLowerCase() === other.toLowerCase()
}
