import type { Type as TypeBox } from 'typebox'

type Options = Readonly<Record<string, unknown>>
type JsonSchema = Readonly<Record<string, unknown>>

/** Properties that may be missing; JSON Schema says so at the object that has them. */
const optional = new WeakSet<object>()

const makers = {
  Array: (items: JsonSchema, options?: Options) => ({ type: 'array', items, ...options }),
  Boolean: (options?: Options) => ({ type: 'boolean', ...options }),
  Integer: (options?: Options) => ({ type: 'integer', ...options }),
  Literal: (value: unknown, options?: Options) => ({ type: typeof value, const: value, ...options }),
  Null: (options?: Options) => ({ type: 'null', ...options }),
  Number: (options?: Options) => ({ type: 'number', ...options }),
  Object(properties: Readonly<Record<string, JsonSchema>>, options?: Options) {
    const required = Object.keys(properties).filter(key => !optional.has(properties[key] as JsonSchema))
    return { type: 'object', ...(required.length === 0 ? {} : { required }), properties, ...options }
  },
  Optional(schema: JsonSchema) {
    const copy = { ...schema }
    optional.add(copy)
    return copy
  },
  Record: (_: JsonSchema, values: JsonSchema, options?: Options) => ({
    type: 'object',
    // TypeBox writes `^.*$`, which no key with a line feed matches.
    patternProperties: { '^[\\s\\S]*$': values },
    ...options,
  }),
  String: (options?: Options) => ({ type: 'string', ...options }),
  Union: (anyOf: readonly JsonSchema[], options?: Options) => ({ anyOf, ...options }),
  Unknown: (options?: Options) => ({ ...options }),
}

/**
 * Makes the JSON Schemas that TypeBox makes, with its types. TypeBox itself is 700 modules, which would cost each thread 12 MB and the start
 * of each 0.1 s; records have strings as keys here.
 */
export const Type = makers as unknown as Pick<typeof TypeBox, keyof typeof makers>
export type { Static, TObject, TSchema } from 'typebox'
