import { SaxesParser } from 'saxes'
import { HtxError } from '../errors/htx-error.ts'
import {
  type GrowingControl,
  type GrowingLabel,
  isVariable,
  makeConfig,
  makeControl,
  makeLabel,
  makeObject,
} from './config-builder.ts'
import type { LabelConfig, ObjectTag } from './label-config.ts'
import { labelTags, selfReferringTags } from './tags.ts'

const longestConfig = 1024 * 1024
const deepestNesting = 100

/** What an open element is for its children. */
interface OpenElement {
  readonly control: GrowingControl | undefined
  readonly label: GrowingLabel | undefined
}

/**
 * Reads a label config.
 *
 * Follows Label Studio's own parser: a tag with `name` and `toName` is a control, one with `name` and `value` (or `valueList`) an
 * object, whatever it is called; other tags only lay out. Entities of its own and a DOCTYPE are refused.
 *
 * @throws HtxError `HTX_LABEL_CONFIG_INVALID` with line and column
 */
export function parseLabelConfig(xml: string): LabelConfig {
  if (typeof xml !== 'string' || xml.trim() === '') {
    throw new HtxError(
      'HTX_LABEL_CONFIG_INVALID',
      'expected a label config such as <View>…</View>, got nothing; write one in the labeling settings of the project',
    )
  }
  if (xml.length > longestConfig) {
    throw new HtxError(
      'HTX_LABEL_CONFIG_INVALID',
      `expected a label config of at most ${longestConfig} characters, got ${xml.length}; let long lists of labels come from the task (value="$labels")`,
    )
  }
  const parser = new SaxesParser({ xmlns: false, position: true })
  const controls: GrowingControl[] = []
  const objects: ObjectTag[] = []
  const open: OpenElement[] = []

  const invalid = (message: string) =>
    new HtxError(
      'HTX_LABEL_CONFIG_INVALID',
      `the label config is not right at line ${parser.line}, column ${parser.column}: ${message}`,
    )

  parser.on('error', error => {
    const words = error.message.replace(/^\d+:\d+: /, '').replace(/\.$/, '')
    throw invalid(`expected well-formed XML, got: ${words}. Mend it there or before`)
  })
  parser.on('doctype', () => {
    throw invalid('expected no DOCTYPE, as it can define entities; remove it')
  })
  parser.on('opentag', ({ name: tag, attributes }) => {
    if (open.length >= deepestNesting)
      throw invalid(`expected tags at most ${deepestNesting} deep, got more; nest less`)
    const parent = open.at(-1)
    open.push(readElement(tag, attributes, parent))
  })
  parser.on('closetag', () => {
    open.pop()
  })
  parser.write(xml).close()
  return makeConfig(controls, objects)

  function readElement(tag: string, attributes: Record<string, string>, parent: OpenElement | undefined): OpenElement {
    const { name, toName, value, valueList } = attributes
    if (labelTags.has(tag) && parent?.control !== undefined) return readLabel(attributes, parent)
    if (name && selfReferringTags.has(tag)) objects.push(makeObject(tag, attributes))
    if (name && (toName || selfReferringTags.has(tag)) && tag !== 'Filter') {
      const control = makeControl(tag, attributes)
      controls.push(control)
      return { control, label: undefined }
    }
    if (name && (value || valueList)) objects.push(makeObject(tag, attributes))
    return { control: parent?.control, label: parent?.label }
  }

  function readLabel(attributes: Record<string, string>, { control, label: above }: OpenElement): OpenElement {
    const label = makeLabel(attributes)
    if (label !== undefined && control !== undefined) {
      const siblings = above?.children ?? control.labels
      siblings.push(label)
      if (attributes.smart === 'true') control.smart = true
      if (isVariable(label.value)) control.dynamicLabels = true
    }
    return { control, label: label ?? above }
  }
}
