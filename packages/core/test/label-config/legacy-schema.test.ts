import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { recordings } from '../../../../test/support/fixtures.ts'
import { findBindings } from '../../src/label-config/find-bindings.ts'
import { labelConfigFromLegacySchema, legacySchemaKey, legacySchemaOf } from '../../src/label-config/legacy-schema.ts'
import { parseLabelConfig } from '../../src/label-config/parse-label-config.ts'

describe('legacySchemaOf', () => {
  const validations = [...recordings('label-studio-0.5.1-with-pyheartex-0.0.8').values()]
    .flat()
    .filter(({ path, response }) => path === '/validate' && response?.status === 200)

  it('answers /validate as pyheartex did', () => {
    assert.ok(validations.length > 0)
    for (const { body, response } of validations) {
      const bindings = findBindings(parseLabelConfig(String(body?.config)), ['Text'], ['Choices'])
      assert.deepEqual(bindings.map(legacySchemaOf), response?.body)
    }
  })

  it('lists all objects of a binding', () => {
    const xml =
      '<View><Image name="i" value="$url"/><Text name="t" value="$text"/><Choices name="c" toName="i,t"/></View>'
    const [binding] = findBindings(parseLabelConfig(xml), undefined, ['Choices'])
    assert.deepEqual(legacySchemaOf(binding), {
      output_names: ['c'],
      input_names: ['i', 't'],
      input_values: ['url', 'text'],
      input_types: ['Image', 'Text'],
    })
  })
})

describe('labelConfigFromLegacySchema', () => {
  const schema = {
    output_names: ['c'],
    input_names: ['i', 't'],
    input_values: ['url', '$text'],
    input_types: ['Image', 'Text'],
  }

  it('gives the binding that the schema came from, with any labels', () => {
    const config = labelConfigFromLegacySchema(schema, ['RectangleLabels', 'Choices'])
    const [{ control, objects }] = findBindings(config, ['Image', 'Text'], ['RectangleLabels'])
    assert.equal(control.tag, 'RectangleLabels')
    assert.equal(control.dynamicLabels, true)
    assert.deepEqual(
      objects.map(({ name, tag, dataKey }) => [name, tag, dataKey]),
      [
        ['i', 'Image', 'url'],
        ['t', 'Text', 'text'],
      ],
    )
  })

  it('takes inputs for texts when the schema does not say', () => {
    const { input_types: _, ...untyped } = schema
    assert.deepEqual(
      [...labelConfigFromLegacySchema(untyped, ['Choices']).objects.values()].map(({ tag }) => tag),
      ['Text', 'Text'],
    )
  })
})

describe('legacySchemaKey', () => {
  const schema = { output_names: ['c'], input_names: ['t'], input_values: ['text'] }

  it('is the same with and without types, and another for other names', () => {
    assert.equal(legacySchemaKey({ ...schema, input_types: ['Text'] }), legacySchemaKey(schema))
    assert.notEqual(legacySchemaKey({ ...schema, output_names: ['d'] }), legacySchemaKey(schema))
  })
})
