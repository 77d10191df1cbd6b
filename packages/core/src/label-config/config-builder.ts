import type { ControlTag, Label, LabelConfig, ObjectTag } from './label-config.ts'

type Attributes = Readonly<Record<string, string>>

/** A label while its children are still being read. */
export interface GrowingLabel extends Label {
  readonly children: GrowingLabel[]
}

/** A control while its labels are still being read. */
export interface GrowingControl extends ControlTag {
  readonly labels: GrowingLabel[]
  dynamicLabels: boolean
  smart: boolean
}

/** True for `$labels` and its like: the task says what stands there. A price such as `$5` is none. */
export function isVariable(written: string): boolean {
  return /^\$[A-Za-z_]/.test(written)
}

/** Makes a control out of the attributes of its tag; without a `toName` it speaks about itself. Source: label_studio_sdk parse_config. */
export function makeControl(tag: string, attributes: Attributes): GrowingControl {
  const { name = '', value = '', apiUrl, perRegion, smart } = attributes
  const toName = attributes.toName || name
  return {
    name,
    tag,
    // pyheartex separated by `+`, Label Studio does by `,`.
    toName: toName.split(/[,+]/).flatMap(part => part.trim() || []),
    labels: [],
    dynamicLabels: isVariable(value) || apiUrl !== undefined,
    perRegion: perRegion === 'true',
    smart: smart === 'true',
    attributes,
  }
}

/** Makes an object out of the attributes of its tag. */
export function makeObject(tag: string, attributes: Attributes): ObjectTag {
  const { name = '', value, valueList, valueType, data } = attributes
  // ReactCode writes its variable in `data`.
  const written = value || valueList || data || ''
  const isFixed = !written.startsWith('$')
  return {
    name,
    tag,
    dataKey: isFixed ? undefined : written.replace(/^\$+/, ''),
    literal: isFixed ? written : undefined,
    isList: !value && valueList !== undefined,
    valueType,
    attributes,
  }
}

/** Makes a label out of the attributes of its tag; undefined when it has no value. */
export function makeLabel(attributes: Attributes): GrowingLabel | undefined {
  const { value, alias, hotkey } = attributes
  const shown = value || alias
  if (!shown) return undefined
  return { value: alias || shown, text: shown, hotkey, attributes, children: [] }
}

export function makeConfig(controls: readonly ControlTag[], objects: readonly ObjectTag[]): LabelConfig {
  return {
    controls: new Map(controls.map(control => [control.name, control])),
    objects: new Map(objects.map(object => [object.name, object])),
  }
}

/** All values of a tree of labels, in document order. */
export function labelValues(labels: readonly Label[]): string[] {
  return labels.flatMap(label => [label.value, ...labelValues(label.children)])
}
