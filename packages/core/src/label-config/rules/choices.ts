import type { ControlTag } from '../label-config.ts'
import { firstLabel, listed, unknownLabelHint, valuesOf } from './labels.ts'
import { isTextList, type Report, type Rule } from './rule.ts'

/**
 * Choices: a list of values, or with `allowNested` a list of paths from the root. The editor looks for nothing else: a path where
 * choices are flat, and a value where they nest, select nothing. Source: resultValue in its tags/control/Choice.jsx.
 */
export const choicesRule: Rule = ({ value, control, report }) => {
  const { choices } = value
  const { choice = 'single', allowNested } = control.attributes
  const isNested = allowNested === 'true'
  if (!Array.isArray(choices) || choices.length === 0) {
    const example = isNested ? `[['${firstLabel(control)}']]` : `['${firstLabel(control)}']`
    report(
      'value.choices',
      'a list with at least one choice',
      choices,
      `Write choices: ${example}, a list even for one.`,
    )
    return
  }
  if (new Set(choices).size > 1 && choice !== 'multiple') {
    const expected = `one choice, as <Choices> has choice="${choice}"`
    report('value.choices', expected, choices, 'Return the best one, or set choice="multiple" in the label config.')
  }
  for (let place = 0; place < choices.length; place += 1) {
    if (isNested) checkPath(choices[place], 'choices', place, control, report)
    else checkChoice(choices[place], place, control, report)
  }
}

function checkChoice(choice: unknown, place: number, control: ControlTag, report: Report): void {
  if (typeof choice !== 'string') {
    const mend = 'Write the value (or alias) of a <Choice>; a path needs allowNested="true" in the label config.'
    report(`value.choices[${place}]`, 'a choice as text', choice, mend)
  } else if (!control.dynamicLabels && !valuesOf(control).has(choice)) {
    const expected = `one of ${listed(valuesOf(control))}`
    report(`value.choices[${place}]`, expected, choice, unknownLabelHint(choice, control))
  }
}

/** Taxonomy: a list of paths from the root. */
export const taxonomyRule: Rule = ({ value, control, report }) => {
  const { taxonomy } = value
  if (!Array.isArray(taxonomy) || taxonomy.length === 0) {
    report('value.taxonomy', 'a list with at least one path', taxonomy, "Write taxonomy: [['Animal', 'Cat']].")
    return
  }
  for (let place = 0; place < taxonomy.length; place += 1) {
    checkPath(taxonomy[place], 'taxonomy', place, control, report)
  }
}

/** People may add their own labels to such a taxonomy; they are not in the config. */
function isOpen({ dynamicLabels, attributes }: ControlTag): boolean {
  return dynamicLabels || attributes.legacy === 'true' || attributes.allowAddLabels === 'true'
}

function checkPath(path: unknown, key: string, place: number, control: ControlTag, report: Report): void {
  if (!isTextList(path) || path.length === 0) {
    const mend = "Write the full path, such as ['Animal', 'Cat']."
    report(`value.${key}[${place}]`, 'a path from the root as a list of texts', path, mend)
    return
  }
  if (isOpen(control)) return
  let level = control.labels
  for (let depth = 0; depth < path.length; depth += 1) {
    const step = path[depth] as string
    const found = level.find(label => label.value === step)
    if (found === undefined) {
      const there = level.length > 0 ? `one of ${listed(valuesOfLevel(level))}` : 'nothing deeper'
      report(`value.${key}[${place}][${depth}]`, there, step, 'Use a path that the label config has, from its root.')
      return
    }
    level = found.children
  }
  if (level.length > 0 && control.attributes.leafsOnly === 'true') {
    const mend = `Go on to one of ${listed(valuesOfLevel(level))}.`
    report(`value.${key}[${place}]`, 'a path to a leaf, as leafsOnly="true" says', path.join(' / '), mend)
  }
}

function valuesOfLevel(level: ControlTag['labels']): string[] {
  return level.map(({ value }) => value)
}
