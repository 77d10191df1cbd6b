import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { isHtxError } from '../../src/errors/htx-error.ts'
import { findBindings } from '../../src/label-config/find-bindings.ts'
import { labelMap } from '../../src/label-config/label-map.ts'
import { labelConfigFromLegacySchema, legacySchemaOf } from '../../src/label-config/legacy-schema.ts'
import { parseLabelConfig } from '../../src/label-config/parse-label-config.ts'
import { labelConfigFromParsed } from '../../src/label-config/parsed-label-config.ts'

function refusal(code: string, message: RegExp): (error: unknown) => boolean {
  return error => isHtxError(error) && error.code === code && message.test(error.message)
}

describe('parseLabelConfig', () => {
  it('reads controls, objects and labels, whatever their order and nesting', () => {
    const config = parseLabelConfig(`<View>
      <View><Choices name="kind" toName="img, txt" perRegion="true" model_threshold="0.4">
        <View><Choice value="Cat" alias="cat" hotkey="c"/></View><Choice value="Dog" predicted_values="hound, puppy"/>
      </Choices></View>
      <Style>.x { color: red }</Style>
      <Image name="img" valueList="$pages"/><Text name="txt" value="$text" valueType="url"/><Header value="Hello"/>
      <Unknown name="u" toName="txt"/>
    </View>`)
    const kind = config.controls.get('kind')
    assert.deepEqual(kind?.toName, ['img', 'txt'])
    assert.equal(kind?.perRegion, true)
    assert.equal(kind?.attributes.model_threshold, '0.4')
    assert.deepEqual(
      kind?.labels.map(({ value, text, hotkey }) => [value, text, hotkey]),
      [
        ['cat', 'Cat', 'c'],
        ['Dog', 'Dog', undefined],
      ],
    )
    assert.equal(config.objects.get('img')?.isList, true)
    assert.equal(config.objects.get('img')?.dataKey, 'pages')
    assert.equal(config.objects.get('txt')?.valueType, 'url')
    assert.equal(config.objects.size, 2)
    assert.equal(config.controls.get('u')?.tag, 'Unknown')
  })

  it('keeps a taxonomy as a tree', () => {
    const config = parseLabelConfig(
      '<View><Taxonomy name="t" toName="x"><Choice value="A"><Choice value="B"/></Choice><Choice value="C"/></Taxonomy><Text name="x" value="$x"/></View>',
    )
    const [a, c] = config.controls.get('t')?.labels ?? []
    assert.deepEqual(
      a?.children.map(({ value }) => value),
      ['B'],
    )
    assert.equal(c?.value, 'C')
  })

  it('knows smart controls and labels that come from the task', () => {
    const config = parseLabelConfig(
      '<View><Image name="i" value="$i"/><KeyPointLabels name="k" toName="i"><Label value="A" smart="true"/></KeyPointLabels><Choices name="c" toName="i" value="$options"/></View>',
    )
    assert.equal(config.controls.get('k')?.smart, true)
    assert.equal(config.controls.get('c')?.dynamicLabels, true)
  })

  const refused: [string, string, RegExp][] = [
    ['nothing', '', /empty/],
    ['a tag that is not closed', '<View>\n  <Text name="t" value="$t">\n</View>', /line 3, column \d+/],
    ['text', 'hello', /line 1/],
    ['entities of its own', '<!DOCTYPE v [<!ENTITY a "aaaa">]><View>&a;</View>', /DOCTYPE/],
    ['an unknown entity', '<View><Text name="&x;" value="$t"/></View>', /line 1/],
    ['endless nesting', '<View>'.repeat(200) + '</View>'.repeat(200), /100 deep/],
    ['a megabyte', `<View>${' '.repeat(1_100_000)}</View>`, /1048576/],
  ]
  for (const [what, xml, message] of refused) {
    it(`refuses ${what} and says where`, () => {
      assert.throws(() => parseLabelConfig(xml), refusal('HTX_LABEL_CONFIG_INVALID', message))
    })
  }
})

describe('labelConfigFromParsed', () => {
  it('gives what the XML gives', () => {
    const parsed = labelConfigFromParsed({
      label: {
        type: 'RectangleLabels',
        to_name: ['image'],
        inputs: [{ type: 'Image', valueType: null, value: 'image' }],
        labels: ['Cat', 'canine'],
        labels_attrs: { Cat: { value: 'Cat' }, canine: { value: 'Dog', alias: 'canine' } },
      },
    })
    const xml = parseLabelConfig(
      '<View><RectangleLabels name="label" toName="image"><Label value="Cat"/><Label value="Dog" alias="canine"/></RectangleLabels><Image name="image" value="$image"/></View>',
    )
    const [one] = findBindings(parsed, ['Image'], ['RectangleLabels'])
    const [other] = findBindings(xml, ['Image'], ['RectangleLabels'])
    assert.deepEqual(one.labels, other.labels)
    assert.equal(one.objects[0]?.dataKey, other.objects[0]?.dataKey)
  })

  it('refuses what Label Studio never sends', () => {
    assert.throws(() => labelConfigFromParsed({ label: { type: 3 } }), refusal('HTX_LABEL_CONFIG_INVALID', /label/))
  })
})

describe('findBindings', () => {
  const config = parseLabelConfig(
    '<View><Image name="i" value="$i"/><AudioPlus name="a" value="$a"/><RectangleLabels name="r" toName="i"/><Labels name="l" toName="a"/><Choices name="c" toName="gone"/></View>',
  )

  it('takes Audio and AudioPlus for the same', () => {
    assert.equal(findBindings(config, ['Audio'], ['Labels'])[0].control.name, 'l')
  })

  it('names both sides in one line when nothing fits', () => {
    assert.throws(
      () => findBindings(config, ['Text'], ['Choices']),
      refusal(
        'HTX_LABEL_CONFIG_UNFIT',
        /^the model wants Choices over Text; this config has RectangleLabels over Image, Labels over AudioPlus and Choices over "gone"[^\n]*$/,
      ),
    )
  })
})

describe('labelMap', () => {
  it('goes by predicted_values, then by name, then by letters', () => {
    const config = parseLabelConfig(
      '<View><Image name="i" value="$i"/><RectangleLabels name="r" toName="i"><Label value="Vehicle" predicted_values="car, truck"/><Label value="person"/><Label value="DOG"/></RectangleLabels></View>',
    )
    const [binding] = findBindings(config, undefined, ['RectangleLabels'])
    assert.deepEqual(
      [...labelMap(binding, ['car', 'truck', 'person', 'dog', 'tree'])],
      [
        ['car', 'Vehicle'],
        ['truck', 'Vehicle'],
        ['person', 'person'],
        ['dog', 'DOG'],
      ],
    )
  })
})

describe('the binding of Label Studio 0.4–0.6', () => {
  it('goes there and back', () => {
    const [binding] = findBindings(
      parseLabelConfig('<View><Text name="text" value="$t"/><Choices name="s" toName="text"/></View>'),
      ['Text'],
      ['Choices'],
    )
    const schema = legacySchemaOf(binding)
    assert.deepEqual(schema, { output_names: ['s'], input_names: ['text'], input_values: ['t'], input_types: ['Text'] })
    const [again] = findBindings(labelConfigFromLegacySchema(schema, ['Choices']), ['Text'], ['Choices'])
    assert.equal(again.objects[0]?.dataKey, 't')
    assert.equal(again.control.dynamicLabels, true)
  })
})
