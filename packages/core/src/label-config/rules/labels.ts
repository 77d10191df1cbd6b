import { labelValues } from '../config-builder.ts'
import type { ControlTag } from '../label-config.ts'
import { isTextList, type Rule, type RuleInput } from './rule.ts'

const knownLabels = new WeakMap<ControlTag, ReadonlySet<string>>()

function labelsOf(control: ControlTag): ReadonlySet<string> {
  let known = knownLabels.get(control)
  if (known === undefined) {
    known = new Set(labelValues(control.labels))
    knownLabels.set(control, known)
  }
  return known
}

/** Labels of a region: a list of labels that the control has. */
export function checkLabels({ value, control, report }: RuleInput, key: string): void {
  const labels = value[key]
  if (!isTextList(labels) || labels.length === 0) {
    report(`value.${key}`, 'a list with at least one label', labels, `Write ${key}: ['${firstLabel(control)}'].`)
    return
  }
  for (const [place, label] of labels.entries()) checkKnown(label, `value.${key}[${place}]`, control, report)
}

function checkKnown(label: string, path: string, control: ControlTag, report: RuleInput['report']): void {
  if (control.dynamicLabels) return
  const known = labelsOf(control)
  if (!known.has(label)) report(path, `one of ${listed(known)}`, label, hint(label, control))
}

function hint(label: string, control: ControlTag): string {
  const aliased = control.labels.find(({ text, value }) => text === label && value !== label)
  return aliased === undefined
    ? `Use a value of <${control.tag} name="${control.name}">, or add this one to the label config.`
    : `Use its alias "${aliased.value}".`
}

/** Choices: a list of values; of paths when choices are nested. */
export const choicesRule: Rule = input => {
  const { value, control, report } = input
  const { choices } = value
  if (!Array.isArray(choices) || choices.length === 0) {
    report(
      'value.choices',
      'a list with at least one choice',
      choices,
      `Write choices: ['${firstLabel(control)}'], a list even for one.`,
    )
    return
  }
  const { choice = 'single' } = control.attributes
  if (choices.length > 1 && choice !== 'multiple') {
    report(
      'value.choices',
      `one choice, as <Choices> has choice="${choice}"`,
      choices,
      'Return the best one, or set choice="multiple" in the label config.',
    )
  }
  for (const [place, entry] of choices.entries()) {
    const path = `value.choices[${place}]`
    if (typeof entry === 'string') checkKnown(entry, path, control, report)
    else if (isTextList(entry) && entry.length > 0) checkPath(entry, path, control, report)
    else report(path, 'a choice as text', entry, 'Write the value (or alias) of a <Choice>.')
  }
}

/** Taxonomy: a list of paths from the root. */
export const taxonomyRule: Rule = ({ value, control, report }) => {
  const { taxonomy } = value
  if (!Array.isArray(taxonomy) || taxonomy.length === 0) {
    report('value.taxonomy', 'a list with at least one path', taxonomy, "Write taxonomy: [['Animal', 'Cat']].")
    return
  }
  for (const [place, path] of taxonomy.entries()) {
    if (isTextList(path) && path.length > 0) checkPath(path, `value.taxonomy[${place}]`, control, report)
    else
      report(
        `value.taxonomy[${place}]`,
        'a path from the root as a list of texts',
        path,
        "Write the full path, such as ['Animal', 'Cat'].",
      )
  }
}

function checkPath(path: readonly string[], at: string, control: ControlTag, report: RuleInput['report']): void {
  if (control.dynamicLabels) return
  let level = control.labels
  for (const [depth, step] of path.entries()) {
    const found = level.find(({ value, text }) => value === step || text === step)
    if (found === undefined) {
      const there = level.length > 0 ? `one of ${listed(level.map(({ value }) => value))}` : 'nothing deeper'
      report(`${at}[${depth}]`, there, step, 'Use a path that the label config has, from its root.')
      return
    }
    level = found.children
  }
  if (level.length > 0 && control.attributes.leafsOnly === 'true') {
    report(
      at,
      'a path to a leaf, as leafsOnly="true" says',
      path.join(' / '),
      `Go on to one of ${listed(level.map(({ value }) => value))}.`,
    )
  }
}

function firstLabel(control: ControlTag): string {
  return control.labels[0]?.value ?? 'label'
}

function listed(values: Iterable<string>): string {
  const all = [...values]
  const named = all.slice(0, 12).map(value => JSON.stringify(value))
  return all.length === 0
    ? 'the labels of the config, which has none here'
    : named.join(', ') + (all.length > named.length ? ', …' : '')
}
