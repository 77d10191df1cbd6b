import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { Label } from '../../src/label-config/label-config.ts'
import { parseLabelConfig } from '../../src/label-config/parse-label-config.ts'
import { recordedConfigs } from './recorded-configs.ts'
import { refusal } from './refusal.ts'

function control(xml: string, name = 'c') {
  const found = parseLabelConfig(xml).controls.get(name)
  assert.ok(found, `no control "${name}" in ${xml}`)
  return found
}

function tree(labels: readonly Label[]): unknown[] {
  return labels.map(({ value, children }) => (children.length === 0 ? value : [value, tree(children)]))
}

describe('parseLabelConfig', () => {
  it('reads controls, objects and labels, whatever their order and nesting', () => {
    const config = parseLabelConfig(`<View>
      <View><Choices name="kind" toName="img, txt" perRegion="true" model_threshold="0.4">
        <View><Choice value="Cat" alias="cat" hotkey="c"/></View><Choice value="Dog" predicted_values="hound, puppy"/>
      </Choices></View>
      <Style>.x { color: red }</Style>
      <Image name="img" valueList="$pages"/><Text name="txt" value="$text" valueType="url"/><Header value="Hello"/>
    </View>`)
    const kind = config.controls.get('kind')
    assert.deepEqual(kind?.toName, ['img', 'txt'])
    assert.equal(kind?.perRegion, true)
    assert.equal(kind?.dynamicLabels, false)
    assert.equal(kind?.attributes.model_threshold, '0.4')
    assert.deepEqual(
      kind?.labels.map(({ value, text, hotkey }) => [value, text, hotkey]),
      [
        ['cat', 'Cat', 'c'],
        ['Dog', 'Dog', undefined],
      ],
    )
    assert.equal(kind?.labels[1]?.attributes.predicted_values, 'hound, puppy')
    assert.deepEqual([...config.objects.keys()], ['img', 'txt'])
    assert.deepEqual(
      [...config.objects.values()].map(({ tag, dataKey, isList, valueType }) => [tag, dataKey, isList, valueType]),
      [
        ['Image', 'pages', true, undefined],
        ['Text', 'text', false, 'url'],
      ],
    )
  })

  it('keeps a taxonomy as a tree', () => {
    const { labels } = control(
      '<View><Taxonomy name="c" toName="x"><Choice value="A"><Choice value="B"/></Choice><Choice value="C"/></Taxonomy></View>',
    )
    assert.deepEqual(tree(labels), [['A', ['B']], 'C'])
  })

  it('gives labels to the nearest control above them', () => {
    const config = parseLabelConfig(`<View>
      <Labels name="a" toName="t"><Label value="1"/></Labels><Label value="nobody's"/>
      <Labels name="b" toName="t"><View><Label value="2"/></View></Labels>
    </View>`)
    assert.deepEqual(tree(config.controls.get('a')?.labels ?? []), ['1'])
    assert.deepEqual(tree(config.controls.get('b')?.labels ?? []), ['2'])
  })

  const toNames: [string, string[]][] = [
    ['a', ['a']],
    ['a,b', ['a', 'b']],
    [' a , b ', ['a', 'b']],
    ['a+b', ['a', 'b']],
    ['a,,b', ['a', 'b']],
  ]
  for (const [toName, names] of toNames) {
    it(`reads toName="${toName}" as ${names.join(' and ')}`, () => {
      assert.deepEqual(control(`<View><Choices name="c" toName="${toName}"/></View>`).toName, names)
    })
  }

  const dynamic: [string, string, boolean][] = [
    ['labels from the task', '<Choices name="c" toName="t" value="$options"/>', true],
    ['labels from an address', '<Taxonomy name="c" toName="t" apiUrl="https://example.org/tree"/>', true],
    ['one label from the task', '<Choices name="c" toName="t"><Choice value="$first"/></Choices>', true],
    ['a label that is a price', '<Choices name="c" toName="t"><Choice value="$5"/></Choices>', false],
    ['labels of its own', '<Choices name="c" toName="t"><Choice value="A"/></Choices>', false],
  ]
  for (const [what, tag, expected] of dynamic) {
    it(`says that ${what} ${expected ? 'may be any' : 'are as they are'}`, () => {
      assert.equal(control(`<View>${tag}</View>`).dynamicLabels, expected)
    })
  }

  it('knows smart controls by the control and by any of its labels', () => {
    const config = parseLabelConfig(`<View><Image name="i" value="$i"/>
      <RectangleLabels name="a" toName="i" smart="true"><Label value="A"/></RectangleLabels>
      <KeyPointLabels name="b" toName="i"><Label value="A"/><Label value="B" smart="true"/></KeyPointLabels>
      <BrushLabels name="c" toName="i"><Label value="A"/></BrushLabels></View>`)
    assert.deepEqual(
      [...config.controls.values()].map(({ smart }) => smart),
      [true, true, false],
    )
  })

  it('keeps tags that it does not know by the same rule, and no Filter', () => {
    const config = parseLabelConfig(
      '<View><New name="n" toName="o"/><Newer name="o" value="$o"/><Newest title="x"/><Filter name="f" toName="n"/></View>',
    )
    assert.deepEqual([...config.controls.keys()], ['n'])
    assert.deepEqual([...config.objects.keys()], ['o'])
  })

  it('keeps what a tag shows when it is no variable', () => {
    const header = parseLabelConfig('<View><Header name="h" value="Hello"/></View>').objects.get('h')
    assert.equal(header?.literal, 'Hello')
    assert.equal(header?.dataKey, undefined)
  })

  for (const tag of [
    '<Chat name="c" value="$dialog"/>',
    '<Chat name="c" toName="c" value="$dialog"/>',
    '<ReactCode name="c" toName="c" data="$dialog"/>',
    '<ReactCode name="c" data="$dialog"><![CDATA[function App() { return 1 < 2 }]]></ReactCode>',
  ]) {
    it(`takes ${tag.slice(0, 36)} for a control over itself`, () => {
      const config = parseLabelConfig(`<View>${tag}</View>`)
      assert.deepEqual(config.controls.get('c')?.toName, ['c'])
      assert.equal(config.objects.get('c')?.dataKey, 'dialog')
    })
  }

  it('keeps a control whose toName names nothing', () => {
    assert.deepEqual(control('<View><Choices name="c" toName="gone"/></View>').toName, ['gone'])
  })

  for (const { where, xml } of recordedConfigs()) {
    if (xml === undefined) continue
    it(`reads the config of ${where} with every name that stands in it`, () => {
      const config = parseLabelConfig(xml)
      const names = [...xml.matchAll(/ name="([^"]+)"/g)].map(match => match[1] as string)
      const read = [...config.controls.keys(), ...config.objects.keys()]
      assert.deepEqual(read.sort(), names.sort())
      for (const { toName } of config.controls.values()) {
        assert.ok(toName.length > 0 && toName.every(name => config.objects.has(name)), `${toName} in ${names}`)
      }
    })
  }

  const refused: [string, string, string[]][] = [
    ['nothing', '', ['expected a label config', 'got nothing']],
    ['blanks', ' \n ', ['got nothing']],
    ['a tag that is not closed', '<View>\n  <Text name="t" value="$t">\n</View>', ['line 3, column 7']],
    ['a tag that never ends', '<View', ['line 1, column 5']],
    ['a wrong closing tag', '<View>\n <a></b></View>', ['line 2, column 8', 'unexpected close tag']],
    [
      'an attribute that is written twice',
      '<View>\n<Text name="t" name="t"/></View>',
      ['line 2', 'duplicate attribute'],
    ],
    ['an attribute without quotes', '<View><Text name=t/></View>', ['line 1, column 18']],
    ['text', 'hello', ['line 1', 'well-formed XML']],
    ['an open tag', '<View>', ['line 1', 'unclosed tag: View. Mend it']],
    ['two roots', '<View/><View/>', ['line 1', 'only one root']],
    ['an unknown entity', '<View>\n<Text name="&x;" value="$t"/></View>', ['line 2', 'undefined entity']],
    ['entities of its own', '<!DOCTYPE v [<!ENTITY a "aaaa">]><View>&a;</View>', ['line 1', 'DOCTYPE', 'remove it']],
    [
      'entities within entities',
      `<!DOCTYPE v [<!ENTITY a "${'a'.repeat(99)}"><!ENTITY b "&a;&a;&a;">]><View><Text name="t" value="&b;"/></View>`,
      ['DOCTYPE'],
    ],
    ['entities from elsewhere', '<!DOCTYPE v SYSTEM "file:///etc/passwd"><View/>', ['DOCTYPE']],
    ['endless nesting', '<View>'.repeat(101) + '</View>'.repeat(101), ['line 1', 'at most 100 deep']],
    ['more than a megabyte', `<View>${' '.repeat(1024 * 1024)}</View>`, ['at most 1048576', 'got 1048589']],
  ]
  for (const [what, xml, words] of refused) {
    it(`refuses ${what} and says where`, () => {
      assert.throws(() => parseLabelConfig(xml), refusal('HTX_LABEL_CONFIG_INVALID', ...words))
    })
  }

  it('reads the five entities that XML has, and a hundred levels', () => {
    assert.equal(control('<View><Choices name="c" toName="t" hint="&lt;&amp;&#233;"/></View>').attributes.hint, '<&é')
    const deep = `${'<View>'.repeat(99)}<Text name="t" value="$t"/>${'</View>'.repeat(99)}`
    assert.equal(parseLabelConfig(deep).objects.size, 1)
  })
})
