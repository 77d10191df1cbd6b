import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { findBindings } from '../../src/label-config/find-bindings.ts'
import { parseLabelConfig } from '../../src/label-config/parse-label-config.ts'
import { refusal } from './refusal.ts'

const config = parseLabelConfig(`<View>
  <Choices name="both" toName="img,txt"><Choice value="A"/></Choices>
  <Image name="img" value="$i"/><Text name="txt" value="$t"/><AudioPlus name="snd" value="$a"/>
  <Choices name="kind" toName="txt"><Choice value="Good" alias="good"/><Choice value="Bad"/></Choices>
  <Taxonomy name="tax" toName="txt"><Choice value="A"><Choice value="Other"/></Choice><Choice value="B"><Choice value="Other"/></Choice></Taxonomy>
  <Choices name="dyn" toName="txt" value="$options"/>
  <RectangleLabels name="box" toName="img"/><Labels name="who" toName="snd"/>
  <Choices name="lost" toName="gone"/><Choices name="half" toName="txt,gone"/>
  <Chat name="chat" value="$messages"/>
</View>`)

function names(inputTypes: readonly string[] | undefined, outputTypes: readonly string[]): string[] {
  return findBindings(config, inputTypes, outputTypes).map(({ control }) => control.name)
}

describe('findBindings', () => {
  const found: [string, readonly string[] | undefined, string[], string[]][] = [
    ['controls in the order of the document', ['Text', 'Image'], ['Choices'], ['both', 'kind', 'dyn']],
    ['only controls all of whose objects the model reads', ['Text'], ['Choices'], ['kind', 'dyn']],
    [
      'controls over anything when the model does not say what it reads',
      undefined,
      ['Choices'],
      ['both', 'kind', 'dyn'],
    ],
    ['controls of several tags', ['Image', 'Text'], ['RectangleLabels', 'Taxonomy'], ['tax', 'box']],
    ['AudioPlus for Audio', ['Audio'], ['Labels'], ['who']],
    ['AudioPlus for itself', ['AudioPlus'], ['Labels'], ['who']],
    ['a Chat over itself', ['Chat'], ['Chat'], ['chat']],
  ]
  for (const [what, inputTypes, outputTypes, expected] of found) {
    it(`finds ${what}`, () => {
      assert.deepEqual(names(inputTypes, outputTypes), expected)
    })
  }

  it('gives objects in the order of toName', () => {
    const [both] = findBindings(config, undefined, ['Choices'])
    assert.deepEqual(
      both.objects.map(({ name }) => name),
      ['img', 'txt'],
    )
  })

  it('gives the labels that may stand in regions, each once, none when they are dynamic', () => {
    const labels = findBindings(config, ['Text'], ['Choices', 'Taxonomy']).map(binding => binding.labels)
    assert.deepEqual(labels, [['good', 'Bad'], ['A', 'Other', 'B'], []])
  })

  it('names both sides in one line when nothing fits', () => {
    const xml = `<View><Image name="i" value="$i"/><RectangleLabels name="a" toName="i"/><RectangleLabels name="b" toName="i"/></View>`
    assert.throws(
      () => findBindings(parseLabelConfig(xml), ['Text'], ['Choices', 'Labels']),
      (error: Error) => {
        const line = 'the model wants Choices or Labels over Text; this config has RectangleLabels over Image'
        assert.equal(error.message, line)
        return refusal('HTX_LABEL_CONFIG_UNFIT')(error)
      },
    )
  })

  const unfit: [string, string, string[]][] = [
    ['a config without controls', '<View><Text name="t" value="$t"/></View>', ['this config has no controls']],
    [
      'a toName that names no object',
      '<View><Choices name="c" toName="gone"/></View>',
      ['Choices over "gone", which no object tag is called'],
    ],
  ]
  for (const [what, xml, words] of unfit) {
    it(`says so of ${what}`, () => {
      assert.throws(
        () => findBindings(parseLabelConfig(xml), ['Text'], ['Choices']),
        refusal('HTX_LABEL_CONFIG_UNFIT', ...words),
      )
    })
  }

  it('keeps to one short line whatever the config is called', () => {
    const many = Array.from(
      { length: 50 },
      (_, index) => `<Tag${index} name="n${index}" toName="gone&#10;${'x'.repeat(99)}"/>`,
    )
    assert.throws(
      () => findBindings(parseLabelConfig(`<View>${many.join('')}</View>`), ['Text'], ['Choices']),
      (error: Error) => {
        assert.doesNotMatch(error.message, /\n/)
        assert.ok(error.message.length <= 200, `${error.message.length} characters`)
        return refusal('HTX_LABEL_CONFIG_UNFIT', 'the model wants Choices over Text')(error)
      },
    )
  })
})
