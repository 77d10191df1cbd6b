import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { Type as TypeBox } from 'typebox'
import { compileSchema } from '../../src/validation/compile-schema.ts'
import { Type } from '../../src/wire/type.ts'

/** A schema of every kind, in every place. */
function everything(make: typeof Type) {
  const name = make.String({ minLength: 1 })
  const inner = make.Object({ name, also: make.Optional(name) })
  const amount = make.Union([make.Literal('a'), make.Literal(1), make.Literal(true), make.Null(), make.Boolean()])
  return make.Object(
    {
      ...inner.properties,
      inner,
      amounts: make.Array(make.Union([amount, make.Integer({ minimum: 0 }), make.Number()]), { maxItems: 3 }),
      anything: make.Optional(make.Unknown({ description: 'what it likes' })),
      map: make.Record(make.String(), make.Union([make.String(), make.Null()]), { description: 'by name' }),
      nothing: make.Object({}),
      loose: make.Optional(make.Object({ maybe: make.Optional(make.Boolean()) })),
    },
    { additionalProperties: false },
  )
}

describe('Type', () => {
  it('makes the schemas that TypeBox makes', () => {
    const made = JSON.stringify(everything(TypeBox)).replace('^.*$', () => '^[\\\\s\\\\S]*$')
    assert.deepEqual(everything(Type), JSON.parse(made))
  })

  it('holds the values of all keys to their schema, those with a line feed too', () => {
    const read = compileSchema(Type.Record(Type.String(), Type.Number()), { code: 'HTX_OPTION_INVALID', what: 'it' })
    assert.throws(() => read({ '\n': 'no number' }), { code: 'HTX_OPTION_INVALID' })
  })
})
