import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { Label, LabelConfig } from '../../src/label-config/label-config.ts'
import { parseLabelConfig } from '../../src/label-config/parse-label-config.ts'
import { labelConfigFromParsed } from '../../src/label-config/parsed-label-config.ts'
import { recordedConfigs } from './recorded-configs.ts'
import { refusal } from './refusal.ts'

/** What both forms say: the JSON has neither the tree of labels nor the attributes of controls. */
function common({ controls, objects }: LabelConfig) {
  const flat = (labels: readonly Label[]): unknown[] =>
    labels.flatMap(({ value, text, children }) => [[value, text], ...flat(children)])
  return {
    controls: [...controls.values()].map(({ name, tag, toName, labels, dynamicLabels }) => ({
      name,
      tag,
      toName,
      labels: flat(labels),
      dynamicLabels,
    })),
    objects: Object.fromEntries(
      [...objects].map(([name, { tag, dataKey, isList, valueType }]) => [name, { tag, dataKey, isList, valueType }]),
    ),
  }
}

const image = { type: 'Image', valueType: null, value: 'image' }

describe('labelConfigFromParsed', () => {
  for (const { where, xml, parsed } of recordedConfigs()) {
    if (xml === undefined || parsed === undefined) continue
    it(`says of ${where} what its XML says`, () => {
      assert.deepEqual(common(labelConfigFromParsed(parsed)), common(parseLabelConfig(xml)))
    })
  }

  it('knows aliases, lists, smart labels and labels that come from the task', () => {
    const config = labelConfigFromParsed({
      box: {
        type: 'RectangleLabels',
        to_name: ['pages'],
        inputs: [{ type: 'Image', valueType: 'url', valueList: '$pages' }],
        labels: ['canine'],
        labels_attrs: { canine: { value: 'Dog', alias: 'canine', smart: 'true' } },
      },
      kind: { type: 'Choices', to_name: ['pages'], inputs: [], labels: [], labels_attrs: {}, dynamic_labels: true },
    })
    const box = config.controls.get('box')
    assert.deepEqual([box?.labels[0]?.value, box?.labels[0]?.text, box?.smart], ['canine', 'Dog', true])
    assert.equal(config.controls.get('kind')?.dynamicLabels, true)
    const pages = config.objects.get('pages')
    assert.deepEqual([pages?.dataKey, pages?.isList, pages?.valueType], ['pages', true, 'url'])
  })

  it('takes a control with a condition on regions for one that speaks about regions', () => {
    const conditionals = { type: 'tag', name: 'box' }
    const config = labelConfigFromParsed({ t: { type: 'TextArea', to_name: ['image'], inputs: [image], conditionals } })
    assert.equal(config.controls.get('t')?.perRegion, true)
  })

  it('does not guess which object is which when some are missing', () => {
    const config = labelConfigFromParsed({ c: { type: 'Choices', to_name: ['gone', 'image'], inputs: [image] } })
    assert.equal(config.objects.size, 0)
  })

  const refused: [string, unknown, string][] = [
    ['a list', [], 'must be object'],
    ['null', null, 'null'],
    ['a control without a type', { c: { to_name: ['t'], inputs: [] } }, 'type'],
    ['a to_name that is a text', { c: { type: 'Choices', to_name: 't', inputs: [] } }, 'c.to_name must be array'],
    ['an input without a type', { c: { type: 'Choices', to_name: ['t'], inputs: [{}] } }, 'c.inputs.0'],
  ]
  for (const [what, json, word] of refused) {
    it(`refuses ${what}`, () => {
      assert.throws(
        () => labelConfigFromParsed(json),
        refusal('HTX_LABEL_CONFIG_INVALID', 'the parsed label config', word),
      )
    })
  }
})
