import type { Binding, Label } from './label-config.ts'

/**
 * Which label of a control stands for which class of a model: by the label's attribute `predicted_values` (a comma-separated list of
 * classes), else by the same name, else by the same name in other letters.
 *
 * @returns label values by class name; classes without a label are missing
 */
export function labelMap({ control }: Binding, classes: readonly string[]): Map<string, string> {
  const byAttribute = new Map<string, string>()
  const byName = new Map<string, string>()
  const byLetters = new Map<string, string>()
  for (const { value, text, attributes } of flatten(control.labels)) {
    // Of two labels that claim a class the last wins, as in Label Studio's own backends.
    for (const name of predictedValues(attributes.predicted_values)) byAttribute.set(name, value)
    for (const name of [value, text]) {
      if (!byName.has(name)) byName.set(name, value)
      if (!byLetters.has(name.toLowerCase())) byLetters.set(name.toLowerCase(), value)
    }
  }
  const byClass = new Map<string, string>()
  for (const name of classes) {
    const label = byAttribute.get(name) ?? byName.get(name) ?? byLetters.get(name.toLowerCase())
    if (label !== undefined) byClass.set(name, label)
  }
  return byClass
}

function flatten(labels: readonly Label[]): readonly Label[] {
  return labels.flatMap(label => [label, ...flatten(label.children)])
}

function predictedValues(attribute = ''): string[] {
  return attribute.split(',').flatMap(value => value.trim() || [])
}
