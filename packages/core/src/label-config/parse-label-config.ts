import { SaxesParser } from 'saxes'
import { HtxError } from '../errors/htx-error.ts'
import {
  type GrowingControl,
  type GrowingLabel,
  makeConfig,
  makeControl,
  makeLabel,
  makeObject,
} from './config-builder.ts'
import type { LabelConfig, ObjectTag } from './label-config.ts'
import { labelTags } from './tags.ts'

const longestConfig = 1024 * 1024
const deepestNesting = 100
/** They show what they make, and need not say so. */
const selfReferring = new Set(['Chat', 'ReactCode', 'CustomInterface'])

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
    throw new HtxError('HTX_LABEL_CONFIG_INVALID', 'expected a label config such as <View>…</View>; it is empty')
  }
  if (xml.length > longestConfig) {
    throw new HtxError(
      'HTX_LABEL_CONFIG_INVALID',
      `the label config has ${xml.length} characters; more than ${longestConfig} are not read`,
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
    throw invalid(error.message.replace(/^(\d+:\d+: )+/, ''))
  })
  parser.on('doctype', () => {
    throw invalid('a DOCTYPE is not allowed here; remove it')
  })
  parser.on('opentag', ({ name: tag, attributes }) => {
    if (open.length >= deepestNesting) throw invalid(`tags are nested more than ${deepestNesting} deep`)
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
    const target = toName || (selfReferring.has(tag) ? name : undefined)
    if (name && target && tag !== 'Filter') {
      const control = makeControl(tag, { ...attributes, toName: target })
      controls.push(control)
      if (target === name) objects.push(makeObject(tag, attributes))
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
    }
    return { control, label: label ?? above }
  }
}
