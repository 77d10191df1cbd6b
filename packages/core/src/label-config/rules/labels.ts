import { labelValues } from '../config-builder.ts'
import type { ControlTag } from '../label-config.ts'
import { isTextList, type RuleInput } from './rule.ts'

const valuesByControl = new WeakMap<ControlTag, ReadonlySet<string>>()

/** What may stand in results of a control: aliases where there are any, which is also what Label Studio's import asks for. */
export function valuesOf(control: ControlTag): ReadonlySet<string> {
  let values = valuesByControl.get(control)
  if (values === undefined) {
    values = new Set(labelValues(control.labels))
    valuesByControl.set(control, values)
  }
  return values
}

/** Labels of a region: a list of labels that the control has. */
export function checkLabels({ value, control, report }: RuleInput, key: string): void {
  const labels = value[key]
  if (!isTextList(labels) || (labels.length === 0 && control.attributes.allowEmpty !== 'true')) {
    report(`value.${key}`, 'a list with at least one label', labels, `Write ${key}: ['${firstLabel(control)}'].`)
    return
  }
  if (control.dynamicLabels) return
  const values = valuesOf(control)
  for (let place = 0; place < labels.length; place += 1) {
    const label = labels[place] as string
    if (values.has(label)) continue
    report(`value.${key}[${place}]`, `one of ${listed(values)}`, label, unknownLabelHint(label, control))
  }
}

/** The text that a span covers may be said; what is no text makes the editor fail over the prediction. */
export function checkCoveredText({ value: { text }, report }: RuleInput): void {
  if (text === undefined || typeof text === 'string') return
  report('value.text', 'the text that the span covers', text, 'Write what it covers as one text, or leave it out.')
}

export function unknownLabelHint(label: string, { tag, name, labels }: ControlTag): string {
  const aliased = labels.find(({ text, value }) => text === label && value !== label)
  if (aliased !== undefined) return `Use its alias "${aliased.value}".`
  return `Use a value of <${tag} name="${name}">, or add this one to the label config.`
}

export function firstLabel(control: ControlTag): string {
  return control.labels[0]?.value ?? 'label'
}

/** The first dozen of the values, for a person to read. */
export function listed(values: Iterable<string>): string {
  const all = [...values]
  if (all.length === 0) return 'the labels of the config, which has none here'
  const named = all.slice(0, 12).map(value => JSON.stringify(value))
  return named.join(', ') + (all.length > named.length ? ', …' : '')
}
