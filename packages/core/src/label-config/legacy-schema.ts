import type { LegacySchema } from '../wire/requests.ts'
import { makeConfig, makeControl, makeObject } from './config-builder.ts'
import type { Binding, LabelConfig } from './label-config.ts'

/** A binding as pyheartex answers it to `/validate`. Source: htx/base_model.py of pyheartex 0.0.8, get_valid_schemas. */
export function legacySchemaOf({ control, objects }: Binding): LegacySchema {
  return {
    output_names: [control.name],
    input_names: objects.map(({ name }) => name),
    input_values: objects.map(({ dataKey, literal }) => dataKey ?? literal ?? ''),
    input_types: objects.map(({ tag }) => tag),
  }
}

/** The same for equal schemas; Label Studio leaves out what it does not need. */
export function legacySchemaKey({ output_names, input_names, input_values }: LegacySchema): string {
  return JSON.stringify([output_names, input_names, input_values])
}

/**
 * What Label Studio 0.4–0.6 sends in place of a label config. It does not say which control tag it means nor its labels: the model
 * chose it in `/validate`, so it is taken for the first that the model fills, with any labels.
 */
export function labelConfigFromLegacySchema(schema: LegacySchema, outputTypes: readonly string[]): LabelConfig {
  const { output_names, input_names, input_values, input_types = [] } = schema
  const controls = output_names.map(name => ({
    ...makeControl(outputTypes[0] ?? 'Choices', { name, toName: input_names.join(',') }),
    dynamicLabels: true,
  }))
  const objects = input_names.map((name, place) =>
    makeObject(input_types[place] ?? 'Text', { name, value: `$${(input_values[place] ?? name).replace(/^\$+/, '')}` }),
  )
  return makeConfig(controls, objects)
}
