import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { createInterface } from 'node:readline'
import { after, before, describe, it } from 'node:test'
import { fileURLToPath } from 'node:url'
import { type ModelLog, openModel, type PredictOptions, type Region, type TaskOutcome } from '@htx/core'

const labelConfig = readFileSync(new URL('label-config.xml', import.meta.url), 'utf8')
const multipleConfig = `<View>
  <Text name="text" value="$text"/>
  <Choices name="tones" toName="text" choice="multiple"><Choice value="Rude" alias="r"/><Choice value="Loud" alias="l"/><Choice value="Kind"/></Choices>
</View>`

interface Asked {
  readonly log: {
    readonly authorization: string
    readonly body: {
      readonly model: string
      readonly messages: { readonly role: string; readonly content: string }[]
      readonly response_format?: { readonly type: string; readonly json_schema?: { readonly schema: object } }
    }
  }[]
  readonly mostOpen: number
}

describe('the LLM example', { timeout: 120_000 }, () => {
  let server: ChildProcess
  let address: string
  before(async () => {
    process.env.OPENAI_API_KEY = 'test-key'
    // Node runs the server's TypeScript by tsx, Bun as it is.
    const loader = process.versions.bun === undefined ? ['--import', 'tsx'] : []
    const program = fileURLToPath(new URL('api-server.ts', import.meta.url))
    server = spawn(process.execPath, [...loader, program], {
      cwd: fileURLToPath(new URL('.', import.meta.url)),
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    const [port] = await once(createInterface({ input: server.stdout as NonNullable<typeof server.stdout> }), 'line')
    address = `http://127.0.0.1:${port}`
  })
  after(async () => {
    delete process.env.OPENAI_API_KEY
    server.kill()
    if (server.exitCode === null && server.signalCode === null) await once(server, 'exit')
  })

  interface Given {
    readonly options?: Record<string, unknown>
    readonly request?: Partial<PredictOptions>
  }

  async function ask(texts: readonly string[], { options = {}, request = {} }: Given = {}) {
    const { log, entries } = recordingLog()
    await using model = await openModel({
      model: new URL('model.ts', import.meta.url),
      options: { model: 'small-1', baseUrl: `${address}/v1`, ...options },
      log,
    })
    const outcomes = await model.predict(
      texts.map((text, id) => ({ id, data: { text } })),
      { labelConfig, ...request },
    )
    return { outcomes, entries }
  }

  const asked = async (): Promise<Asked> => (await fetch(`${address}/log`)).json() as Promise<Asked>
  const lastAsked = async () => (await asked()).log.at(-1)
  const timesAsked = async (word: string) =>
    (await asked()).log.filter(({ body }) => body.messages.some(({ content }) => content.includes(word))).length

  it('fills choices and texts, and asks with the choices of the label config', async () => {
    const { outcomes } = await ask(['What a day, so friendly of you.'])
    const { tone, reason } = valuesOf(outcomes[0])
    assert.deepEqual(tone, ['Friendly'])
    assert.deepEqual(reason, ['Asked: Fill in what is asked for about the text.'])
    const last = await lastAsked()
    assert.equal(last?.authorization, 'Bearer test-key')
    assert.equal(last?.body.model, 'small-1')
    assert.match(last?.body.messages[1]?.content ?? '', /What a day, so friendly of you\./)
    assert.deepEqual(last?.body.response_format?.json_schema?.schema, {
      type: 'object',
      properties: {
        tone: { type: 'string', enum: ['Sarcastic', 'Friendly', 'Neutral'] },
        reason: { type: 'string' },
      },
      required: ['tone', 'reason'],
      additionalProperties: false,
    })
  })

  it('fills several choices at once, by their aliases, and none', async () => {
    const { outcomes } = await ask(['so rude and so loud', 'nothing of it'], {
      request: { labelConfig: multipleConfig },
    })
    assert.deepEqual(valuesOf(outcomes[0]).tones, ['r', 'l'])
    assert.deepEqual(outcomes[1]?.predictions[0]?.result, [])
  })

  it('asks what a person typed, and gives it back with the answer', async () => {
    const typed = {
      from_name: 'prompt',
      to_name: 'text',
      type: 'textarea',
      value: { text: ['Which of {labels}? 1 {a}'] },
    }
    const { outcomes } = await ask(['Hm.'], { request: { interactive: { result: [typed] } } })
    const { prompt, reason } = valuesOf(outcomes[0])
    assert.deepEqual(prompt, ['Which of {labels}? 1 {a}'])
    assert.deepEqual(reason, ['Asked: Which of Sarcastic, Friendly, Neutral? 1 {a}'])
  })

  it('fills a template of its own, and nothing that stands in the text', async () => {
    const options = { prompt: 'Judge {text}', template: '{prompt} ({labels})' }
    await ask(['"{labels} {prompt}"'], { options })
    const message = (await lastAsked())?.body.messages[1]?.content
    assert.equal(message, 'Judge "{labels} {prompt}" (Sarcastic, Friendly, Neutral)')
  })

  it('reads a dialogue', async () => {
    const config =
      '<View><Paragraphs name="p" value="$text" nameKey="role" textKey="content"/><TextArea name="reason" toName="p"/></View>'
    const dialogue = [
      { role: 'user', content: 'Hello?' },
      { role: 'bot', content: 'Good day.' },
    ]
    const { log } = recordingLog()
    await using model = await openModel({
      model: new URL('model.ts', import.meta.url),
      options: { model: 'small-1', baseUrl: `${address}/v1` },
      log,
    })
    await model.predict([{ id: 1, data: { text: dialogue } }], { labelConfig: config })
    assert.match((await lastAsked())?.body.messages[1]?.content ?? '', /user: Hello\?\nbot: Good day\./)
  })

  it('waits as long as a busy server asks for, and asks again', async () => {
    const startedAt = performance.now()
    const { outcomes } = await ask(['so neutral [busy]'])
    assert.deepEqual(valuesOf(outcomes[0]).tone, ['Neutral'])
    assert.ok(performance.now() - startedAt >= 1000)
    assert.equal(await timesAsked('[busy]'), 2)
  })

  it('asks again when the server fails', async () => {
    const { outcomes } = await ask(['so neutral [shaky]'])
    assert.deepEqual(valuesOf(outcomes[0]).tone, ['Neutral'])
    assert.equal(await timesAsked('[shaky]'), 3)
  })

  it('does not wait for a server that will be ready tomorrow', async () => {
    const { outcomes } = await ask(['[tomorrow]'])
    assert.match(outcomes[0]?.rejection?.message ?? '', /429 daily limit reached/)
    assert.equal(await timesAsked('[tomorrow]'), 1)
  })

  it('gives up when nobody waits any more, in the middle of a wait', async () => {
    const abort = new AbortController()
    const answer = ask(['[wait]'], { request: { signal: abort.signal } })
    const refused = assert.rejects(answer, /nobody waits/)
    // The server has answered once: the client sits out its three seconds.
    while ((await timesAsked('[wait]')) === 0) await new Promise(resolve => setImmediate(resolve))
    abort.abort(new Error('nobody waits'))
    await refused
  })

  it('gives up a request that takes too long', async () => {
    const { outcomes } = await ask(['[silent]'], { options: { timeoutSeconds: 0.5, retries: 0 } })
    assert.match(outcomes[0]?.rejection?.message ?? '', /timed out/)
  })

  it('says what is wrong when the key is', async () => {
    const { outcomes } = await ask(['[key]'])
    assert.match(outcomes[0]?.rejection?.message ?? '', /401 wrong API key/)
  })

  it('asks once for each task when the whole API refuses, and says why in the log', async () => {
    const { outcomes, entries } = await ask(['[key] of a batch, 1', '[key] of a batch, 2'])
    assert.deepEqual(
      outcomes.map(({ predictions }) => predictions.length),
      [0, 0],
    )
    assert.equal(await timesAsked('[key] of a batch'), 2)
    assert.equal(entries.filter(({ fields }) => /401 wrong API key/.test(String(fields?.problem))).length, 2)
  })

  it('lets the model mend an answer that is no JSON, once', async () => {
    const { outcomes } = await ask(['[broken once] so sarcastic'])
    assert.deepEqual(valuesOf(outcomes[0]).tone, ['Sarcastic'])
    assert.match((await lastAsked())?.body.messages.at(-1)?.content ?? '', /^That does not fit: the answer is no JSON/)
    const { outcomes: never } = await ask(['[broken] so sarcastic'])
    assert.match(never[0]?.rejection?.message ?? '', /the model's answer cannot be used: the answer is no JSON/)
    assert.equal(await timesAsked('[broken] '), 2)
  })

  it('takes no choice that the config does not have', async () => {
    const { outcomes } = await ask(['[other] so sarcastic'])
    assert.match(outcomes[0]?.rejection?.message ?? '', /"tone" must be one of Sarcastic, Friendly, Neutral/)
  })

  it('understands an API without schemas: JSON in a fence, choices in other letters', async () => {
    const { outcomes } = await ask(['[fenced] so friendly'], { options: { format: 'text' } })
    assert.deepEqual(valuesOf(outcomes[0]).tone, ['Friendly'])
    assert.equal((await lastAsked())?.body.response_format, undefined)
  })

  it('asks for plain JSON where the API knows no more', async () => {
    const { outcomes } = await ask(['so friendly'], { options: { format: 'json_object' } })
    assert.deepEqual(valuesOf(outcomes[0]).tone, ['Friendly'])
    assert.deepEqual((await lastAsked())?.body.response_format, { type: 'json_object' })
  })

  it('tells a refusal of one task in the log, and answers the others without asking twice', async () => {
    const { outcomes, entries } = await ask(['[refuse] one', 'so friendly two [ok]', 'so neutral three'])
    assert.deepEqual(
      outcomes.map(({ predictions }) => predictions.length),
      [0, 1, 1],
    )
    assert.match(String(entries.find(({ level }) => level === 'warn')?.fields?.problem), /refuses: I cannot help/)
    assert.equal(await timesAsked('[ok]'), 1)
  })

  it('has no more requests under way than it may, and tells what they cost', async () => {
    const texts = Array.from({ length: 12 }, (_, at) => `so friendly, number ${at} [together]`)
    const options = { concurrency: 3, inputPrice: 0.5, outputPrice: 2 }
    const { outcomes, entries } = await ask(texts, { options })
    assert.ok(outcomes.every(outcome => valuesOf(outcome).tone?.[0] === 'Friendly'))
    // The server answers only when three are there, so that there were no fewer; and no more.
    assert.equal((await asked()).mostOpen, 3)
    const told = entries.find(({ message }) => message === 'tokens used')?.fields
    assert.deepEqual(
      { ...told, ms: 0 },
      { model: 'small-1', tasks: 12, requests: 12, inputTokens: 1200, outputTokens: 240, cost: 0.00108, ms: 0 },
    )
  })

  it('says what is missing before it serves', async () => {
    const model = new URL('model.ts', import.meta.url)
    await assert.rejects(openModel({ model }), /no model is named: --set model=/)
    await assert.rejects(
      openModel({ model, options: { model: 'm', concurrency: 0 } }),
      /concurrency: expected a number/,
    )
    delete process.env.OPENAI_API_KEY
    try {
      await assert.rejects(openModel({ model, options: { model: 'm' } }), /OPENAI_API_KEY is not set/)
      await using keyless = await openModel({ model, options: { model: 'm', baseUrl: address } })
      assert.equal(keyless.modelVersion, 'initial')
    } finally {
      process.env.OPENAI_API_KEY = 'test-key'
    }
  })
})

/** Values by the name of the control. */
function valuesOf(outcome: TaskOutcome | undefined): Record<string, unknown[] | undefined> {
  assert.equal(outcome?.rejection, undefined)
  const result = (outcome?.predictions[0]?.result ?? []) as Region[]
  return Object.fromEntries(
    result.map(({ from_name, value }) => [from_name, (value.choices ?? value.text) as unknown[]]),
  )
}

function recordingLog() {
  const entries: { level: string; message: string; fields: Readonly<Record<string, unknown>> | undefined }[] = []
  const at = (level: string) => (message: string, fields?: Readonly<Record<string, unknown>>) =>
    void entries.push({ level, message, fields })
  const log: ModelLog = { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') }
  return { log, entries }
}
