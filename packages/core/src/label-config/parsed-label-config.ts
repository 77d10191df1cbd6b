import { compileSchema } from '../validation/compile-schema.ts'
import { type Static, Type } from '../wire/type.ts'
import { makeConfig, makeControl, makeLabel, makeObject } from './config-builder.ts'
import type { ControlTag, LabelConfig, ObjectTag } from './label-config.ts'

const Text = Type.Union([Type.String(), Type.Null()])

/** The form in which Label Studio sends a config that it has parsed itself (`parsed_label_config` of events). */
const ParsedLabelConfigSchema = Type.Record(
  Type.String(),
  Type.Object({
    type: Type.String(),
    to_name: Type.Array(Type.String()),
    inputs: Type.Array(
      Type.Object({
        type: Type.String(),
        valueType: Type.Optional(Text),
        value: Type.Optional(Text),
        valueList: Type.Optional(Text),
      }),
    ),
    labels: Type.Optional(Type.Array(Type.String())),
    labels_attrs: Type.Optional(Type.Record(Type.String(), Type.Record(Type.String(), Type.Unknown()))),
    dynamic_labels: Type.Optional(Type.Boolean()),
    conditionals: Type.Optional(Type.Unknown()),
  }),
)
type ParsedControl = Static<typeof ParsedLabelConfigSchema>[string]

const parse = compileSchema<Static<typeof ParsedLabelConfigSchema>>(ParsedLabelConfigSchema, {
  code: 'HTX_LABEL_CONFIG_INVALID',
  what: 'the parsed label config',
})

/**
 * Reads a label config from the JSON that Label Studio sends. It has less than the XML: no attributes of controls (`choice`,
 * `maxRating`, `perRegion` without a condition), no tree of labels. Good for bindings and training; predictions are checked against
 * the XML.
 *
 * @throws HtxError `HTX_LABEL_CONFIG_INVALID`
 */
export function labelConfigFromParsed(json: unknown): LabelConfig {
  const controls: ControlTag[] = []
  const objects: ObjectTag[] = []
  for (const [name, parsed] of Object.entries(parse(json))) {
    controls.push(readControl(name, parsed))
    // Inputs come without names, in the order of to_name; those that name no object are left out, and then the order says nothing.
    if (parsed.inputs.length !== parsed.to_name.length) continue
    for (const [place, input] of parsed.inputs.entries()) {
      const objectName = parsed.to_name[place]
      if (objectName !== undefined) objects.push(makeObject(input.type, inputAttributes(objectName, input)))
    }
  }
  return makeConfig(controls, objects)
}

function readControl(
  name: string,
  { type, to_name, labels = [], labels_attrs = {}, dynamic_labels, conditionals }: ParsedControl,
): ControlTag {
  const control = makeControl(type, { name, toName: to_name.join(',') })
  const own = labels.flatMap(label => makeLabel({ value: label, ...textsOf(labels_attrs[label] ?? {}) }) ?? [])
  return {
    ...control,
    labels: own,
    dynamicLabels: dynamic_labels === true,
    perRegion: conditionals !== undefined,
    smart: own.some(label => label.attributes.smart === 'true'),
  }
}

/** The variable comes without its `$`; whether it was one at all is not said, so it is taken for one. */
function inputAttributes(
  name: string,
  { valueType, value, valueList }: ParsedControl['inputs'][number],
): Record<string, string> {
  return {
    name,
    ...(value ? { value: `$${value}` } : {}),
    ...(valueList ? { valueList: `$${valueList.replace(/^\$/, '')}` } : {}),
    ...(valueType ? { valueType } : {}),
  }
}

function textsOf(attributes: Readonly<Record<string, unknown>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(attributes).filter((entry): entry is [string, string] => typeof entry[1] === 'string'),
  )
}
