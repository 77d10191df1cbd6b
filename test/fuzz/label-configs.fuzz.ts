import assert from 'node:assert/strict'
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { checkPrediction, collectGarbage, findBindings, isHtxError, labelMap, parseLabelConfig } from '@htx/core'
import fc from 'fast-check'
import { labelConfigFromParsed } from '../../packages/core/src/label-config/parsed-label-config.ts'
import { recordedConfigs } from '../../packages/core/test/label-config/recorded-configs.ts'
import { startServer, type TestServer } from '../support/model-server.ts'
import { withTempDirectory } from '../support/temp-directory.ts'
import { holds } from './support/holds.ts'
import { anyText, changeText, jsonText, textChanges } from './support/json-texts.ts'

const configs = [...recordedXml(), ...exampleXml()]
const words = fc.constantFrom(
  ...[
    '<',
    '>',
    '/>',
    '</',
    '&',
    '&amp;',
    '&#x0;',
    '&#xD800;',
    '&lol;',
    '<!--',
    '-->',
    '<![CDATA[',
    ']]>',
    '<?xml version="1.1"?>',
  ],
  ...[
    '"',
    "'",
    '=',
    ' name="a"',
    ' toName="a,a,,+"',
    ' value="$a"',
    ' value="$__proto__"',
    ' name="__proto__"',
    ' constructor="x"',
  ],
  ...[
    '<View>',
    '</View>',
    '<Choices name="c" toName="text">',
    '<Choice value="x"/>',
    '<Repeater on="$x">',
    '{{idx}}',
    '{{',
    '\u0000',
    '\ud800',
  ],
)

/** What one mebibyte can be filled with: whatever takes more than one look at each character shows in minutes. */
const fillings: readonly (readonly [name: string, head: string, each: string, tail: string])[] = [
  ['tags', '<View>', '<a/>', '</View>'],
  ['tags that nobody closes', '', '<a>', ''],
  ['closing tags', '<View>', '</a>', ''],
  ['controls of one name', '<View>', '<Choices name="a" toName="b"/>', '</View>'],
  [
    'choices',
    '<View><Text name="b" value="$b"/><Choices name="a" toName="b">',
    '<Choice value="x"/>',
    '</Choices></View>',
  ],
  ['targets', '<View><Text name="b" value="$b"/><Choices name="a" toName="', 'b,', '"/></View>'],
  ['targets that are none', '<View><Choices name="a" toName="', 'x,+', '"/></View>'],
  ['variables in a name', '<View><Text name="b" value="$b"/><Choices name="', '{{a}}1', '" toName="b"/></View>'],
  ['half a variable in a name', '<View><Text name="b" value="$b"/><Choices name="', '{{a', '" toName="b"/></View>'],
  ['a text', '<View>', 'a', '</View>'],
  ['references', '<View>', '&amp;', '</View>'],
  ['white space', '<View ', ' \n', '/>'],
  ['white space before', '', ' ', '<View/>'],
  ['comments', '<View>', '<!-- - -->', '</View>'],
  ['a comment', '<View><!--', '- -', '--></View>'],
  ['half a CDATA section', '<View><![CDATA[', ']]', ''],
  ['processing instructions', '<View>', '<?a b?>', '</View>'],
  ['half an instruction', '<?a ', '?', ''],
  ['a value', '<View a="', "'", '"/>'],
  ['a name', '<', 'a', '/>'],
  ['dollars', '<View><Text name="b" value="', '$', '"/></View>'],
]
const mebibyte = 1024 * 1024

const entities = '<!ENTITY a "lol">'.concat(
  ...Array.from(
    { length: 10 },
    (_, level) => `<!ENTITY a${level} "${`&a${level === 0 ? '' : level - 1};`.repeat(10)}">`,
  ),
)

function attacks(secretFile: string): Record<string, string> {
  const view = (inner: string) => `<View><Text name="text" value="$text"/>${inner}</View>`
  const attributes = Array.from({ length: 10_000 }, (_, place) => ` a${place}="${place}"`).join('')
  return {
    'a billion laughs': `<!DOCTYPE a [${entities}]>${view('&a9;')}`,
    'quadratic growth': `<!DOCTYPE a [<!ENTITY a "${'a'.repeat(50_000)}">]>${view('&a;'.repeat(10_000))}`,
    'an external entity': `<!DOCTYPE a [<!ENTITY x SYSTEM "file://${secretFile}">]>${view('<Header value="&x;"/>&x;')}`,
    'an external DTD': `<!DOCTYPE a SYSTEM "http://127.0.0.1:9/a.dtd">${view('')}`,
    'a parameter entity': `<!DOCTYPE a [<!ENTITY % x SYSTEM "file://${secretFile}">%x;]>${view('')}`,
    'an entity without a DOCTYPE': view('&x;'),
    XInclude: view(`<xi:include xmlns:xi="http://www.w3.org/2001/XInclude" href="file://${secretFile}" parse="text"/>`),
    'a stylesheet': `<?xml-stylesheet href="file://${secretFile}"?>${view('')}`,
    '10,000 deep': `${'<View>'.repeat(10_000)}${'</View>'.repeat(10_000)}`,
    '10,000 attributes': view(`<Choices name="c" toName="text"${attributes}><Choice value="x"/></Choices>`),
    '10,000 attributes of one name': view(`<Choices${' a="b"'.repeat(10_000)}/>`),
    'attributes that all objects have': view(
      '<Choices __proto__="x" constructor="y" toString="z" name="c" toName="text"/>',
    ),
    'names that all objects have': view(
      '<Choices name="__proto__" toName="constructor,toString"/><constructor name="a" toName="text"/>',
    ),
    'UTF-16, it says': `<?xml version="1.0" encoding="UTF-16"?>${view('')}`,
    'UTF-7, it says': `<?xml version="1.0" encoding="UTF-7"?>+ADw-View+AD4-`,
    'a byte order mark': `\ufeff${view('')}`,
    'UTF-16 read as Latin': Buffer.from(view(''), 'utf16le').toString('latin1'),
    'half of a pair': view('<Header value="\ud83d"/>'),
    NUL: view('<Header value="a\u0000b"/>'),
    'a reference to NUL': view('<Header value="&#0;&#xFFFE;"/>'),
    'a reference beyond Unicode': view(`<Header value="&#x${'F'.repeat(1_000)};"/>`),
    'an instruction that ends nowhere': '<?xml',
    nothing: '',
    'a NUL alone': '\u0000',
  }
}

describe('label configs that nobody should write', () => {
  it('are read or refused, and nothing that they name is opened', async () => {
    await withTempDirectory(async directory => {
      const secretFile = join(directory, 'secret.txt')
      writeFileSync(secretFile, 'the secret of this machine')
      for (const [name, xml] of Object.entries(attacks(secretFile))) {
        const said = JSON.stringify(outcomeOf(xml))
        assert.ok(!said.includes('the secret of this machine'), name)
        assert.ok(said.length < 10 * xml.length + 10_000, `${name} became ${said.length} characters`)
      }
    })
  })

  for (const [name, head, each, tail] of fillings) {
    it(`takes one look at each character of a mebibyte of ${name}`, { timeout: 120_000 }, () => {
      const count = Math.floor((mebibyte - head.length - tail.length) / each.length)
      outcomeOf(head + each.repeat(count) + tail)
    })
  }

  it('are refused without a look when they are longer than that', () => {
    assert.throws(() => parseLabelConfig(`<View>${'<a/>'.repeat(25 * mebibyte)}</View>`), {
      code: 'HTX_LABEL_CONFIG_INVALID',
    })
  })

  it('are read or refused, whatever people do to one that is right', test =>
    holds(
      test,
      fc.property(
        fc.constantFrom(...configs),
        fc.array(textChanges(fc.oneof(words, anyText)), { minLength: 1, maxLength: 6 }),
        (config, changes) => {
          outcomeOf(changes.reduce(changeText, config))
        },
      ),
      { short: 5_000, long: 100_000 },
    ))

  it('are read or refused in the form that Label Studio parsed, too', test => {
    const parsed = recordedConfigs().flatMap(({ parsed }) => (parsed === undefined ? [] : [JSON.stringify(parsed)]))
    const text = fc.oneof(
      jsonText,
      fc
        .tuple(
          fc.constantFrom(...parsed),
          fc.array(textChanges(fc.constantFrom('"__proto__":', '[]', '{}', '1', 'null,', '"')), { maxLength: 3 }),
        )
        .map(([json, changes]) => changes.reduce(changeText, json)),
    )
    return holds(
      test,
      fc.property(text, json => {
        let value: unknown
        try {
          value = JSON.parse(json)
        } catch {
          return
        }
        orRefused(() => useConfig(labelConfigFromParsed(value)))
      }),
      { short: 3_000, long: 50_000 },
    )
  })
})

describe('/setup and /validate', () => {
  let server: TestServer
  before(async () => {
    server = await startServer('anything.ts')
  })
  after(() => server.close())

  it('answer such configs with 200 or 422', async () => {
    for (const [name, xml] of Object.entries(attacks('/etc/hostname'))) {
      for (const [path, body] of [
        ['/setup', { project: '12', schema: xml }],
        ['/validate', { config: xml }],
        ['/predict', { tasks: [{ data: { text: 'a' } }], label_config: xml }],
      ] as const) {
        const response = await server.post(path, body)
        const { code } = (await response.json()) as { code?: string }
        // Of a control without labels this model says nothing that is right.
        const isRight = [200, 422].includes(response.status) || code === 'HTX_MODEL_FAILED'
        assert.ok(isRight, `${path} answered ${name} with ${response.status} ${code}`)
        if (response.status === 422) assert.match(String(code), /^HTX_LABEL_CONFIG_(INVALID|UNFIT)$/)
      }
    }
  })

  it('take no hundred megabytes', async () => {
    for (const [path, field] of [
      ['/setup', 'schema'],
      ['/validate', 'config'],
    ] as const) {
      const response = await server
        .post(path, `{"${field}":"<View>${'<a/>'.repeat(25 * mebibyte)}</View>"}`)
        .catch(() => undefined)
      // The answer may be out before the body is in, and then the connection breaks.
      if (response !== undefined) assert.equal(response.status, 413)
    }
    assert.equal((await fetch(`${server.url}/health`)).status, 200)
  })

  it('keep no more configs than they have room for', { timeout: 300_000 }, async test => {
    const control = '<Text name="text" value="$text"/><Choices name="c" toName="text"><Choice value="x"/></Choices>'
    const filling = ' '.repeat(mebibyte - 1_000)
    const before = rss()
    for (let place = 0; place < 200; place += 1) {
      const xml = `<View>${control}<!--${place}-->${filling}</View>`
      for (const [path, body] of [
        ['/setup', { project: '12', schema: xml }],
        ['/validate', { config: xml }],
      ] as const) {
        const response = await server.post(path, body)
        assert.equal(response.status, 200)
        await response.arrayBuffer()
      }
    }
    const grown = rss() - before
    test.diagnostic?.(`${grown} MiB more`)
    assert.ok(grown < 150, `400 MiB of configs left ${grown} MiB`)
  })
})

/** MiB. */
function rss(): number {
  collectGarbage()
  return Math.round(process.memoryUsage().rss / mebibyte)
}

/** Reads a config and uses it as the server does; what it is, or the error. */
function outcomeOf(xml: string): unknown {
  return orRefused(() => useConfig(parseLabelConfig(xml)))
}

function useConfig(config: ReturnType<typeof parseLabelConfig>): unknown {
  const { controls, objects } = config
  const [from_name] = controls.keys()
  const [to_name] = objects.keys()
  checkPrediction({ result: [{ from_name, to_name, type: 'choices', value: { choices: ['x'] } }] }, config, {
    data: {},
  })
  const bindings = findBindings(config, undefined, [...controls.values()].map(({ tag }) => tag).slice(0, 5))
  for (const binding of bindings.slice(0, 5)) labelMap(binding, ['x', '__proto__'])
  return [...controls.values(), ...objects.values()]
}

function orRefused(work: () => unknown): unknown {
  try {
    return work()
  } catch (error) {
    assert.ok(isHtxError(error), `it threw ${(error as Error).stack}`)
    assert.match(error.code, /^HTX_LABEL_CONFIG_(INVALID|UNFIT)$/)
    assert.ok(error.message.length < 2_000, `a message of ${error.message.length} characters`)
    return error.message
  }
}

function recordedXml(): string[] {
  return recordedConfigs().flatMap(({ xml }) => xml ?? [])
}

function exampleXml(): string[] {
  return ['../../examples/', '../../packages/cli/templates/'].flatMap(folder => {
    const root = new URL(folder, import.meta.url)
    return readdirSync(root, { recursive: true, encoding: 'utf8' })
      .filter(path => path.endsWith('label-config.xml') && !path.includes('node_modules'))
      .map(path => readFileSync(new URL(path, root), 'utf8'))
  })
}
