import type { ControlTag, LabelConfig, ObjectTag } from '../label-config.ts'
import { controlFacts } from '../tags.ts'
import { listed, unknownLabelHint, valuesOf } from './labels.ts'
import { isRecord, isTextList, type Report } from './rule.ts'

/**
 * The labels of a track stand in the track's own entry, and are those of a control beside `<VideoRectangle>`: of the one that has the
 * first of them. Source: deserializeSingleResult in the editor's Annotation.js.
 */
export function checkTrackLabels(
  entry: Readonly<Record<string, unknown>>,
  object: ObjectTag | undefined,
  config: LabelConfig,
  report: Report,
): void {
  const labels = isRecord(entry.value) ? entry.value.labels : undefined
  if (object === undefined || !isTextList(labels) || labels.length === 0) return
  const beside = [...config.controls.values()].filter(
    control => controlFacts(control.tag).labelsKey !== undefined && control.toName.includes(object.name),
  )
  if (beside.some(({ dynamicLabels }) => dynamicLabels)) return
  const [first = ''] = labels
  const control = beside.find(candidate => valuesOf(candidate).has(first)) ?? beside[0]
  if (control === undefined) {
    const mend = `Add <Labels toName="${object.name}"> to the label config.`
    report('value.labels', 'no labels, as the config has none for this video', labels, mend)
    return
  }
  checkKnown(labels, control, report)
}

function checkKnown(labels: readonly string[], control: ControlTag, report: Report): void {
  const values = valuesOf(control)
  for (const [place, label] of labels.entries()) {
    if (values.has(label)) continue
    report(`value.labels[${place}]`, `one of ${listed(values)}`, label, unknownLabelHint(label, control))
  }
}
