import assert from 'node:assert/strict'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { type OpenModel, openModel, type Region } from '@htx/core'
import { trainModel } from '@htx/server'
import { readDefinitions } from './wordnet.ts'

interface Labelled {
  readonly id: number
  readonly text: string
  readonly label: string
}

const model = new URL('model.ts', import.meta.url)
const topicsConfig = await readFile(new URL('label-config.xml', import.meta.url), 'utf8')

describe('the few-shot text example', { timeout: 300_000 }, () => {
  let directory: string
  let untrained: OpenModel
  before(async () => {
    directory = await mkdtemp(join(tmpdir(), 'htx-few-shot-'))
    untrained = await openModel({ model })
  })
  after(async () => {
    await untrained?.close()
    await rm(directory, { recursive: true })
  })

  it('goes by the names of the choices before its first training', async () => {
    const [answer] = await choose(untrained, ['My parcel never arrived.'], topicsConfig)
    assert.equal(answer?.choice, 'Delivery')
    assert.ok(answer.score > 0.2 && answer.score < 1, String(answer.score))
  })

  it('tells support requests better after ten annotations', async () => {
    const { annotated, held } = await readRequests()
    assert.equal(annotated.length, 10)
    const { before, after } = await compare(annotated, held, topicsConfig)
    console.log(
      `support requests: ${percent(before)} by the names, ${percent(after)} after 10 annotations, of ${held.length}`,
    )
    assert.ok(after >= before + 0.1 && after >= 0.68, `${before} ${after}`)
  })

  it('tells definitions of a dictionary better after ten annotations', async () => {
    const perKind = await readDefinitions(42)
    const kinds = perKind.map(([first]) => first?.kind)
    const config = `<View><Text name="text" value="$text"/><Choices name="topic" toName="text">${kinds.map(kind => `<Choice value="${kind}"/>`).join('')}</Choices></View>`
    const labelled = (from: number, to: number) =>
      perKind.flatMap(own => own.slice(from, to)).map(({ text, kind }, id): Labelled => ({ id, text, label: kind }))
    const held = labelled(2, 42)
    const { before, after, metrics } = await compare(labelled(0, 2), held, config)
    console.log(`WordNet: ${percent(before)} by the names, ${percent(after)} after 10 annotations, of ${held.length}`)
    assert.ok(after >= before + 0.05, `${before} ${after}`)
    assert.ok((metrics.accuracy ?? -1) >= 0 && (metrics.accuracyOfNames ?? -1) >= 0)
  })

  it('still offers a choice that was added after the training', async () => {
    const { annotated } = await readRequests()
    await using trained = await train(annotated, topicsConfig)
    const config = topicsConfig.replace('</Choices>', '<Choice value="Job application"/></Choices>')
    const answers = await choose(
      trained.model,
      ['I would like to apply for the job as an engineer.', 'The courier never came.'],
      config,
    )
    assert.deepEqual(
      answers.map(({ choice }) => choice),
      ['Job application', 'Delivery'],
    )
  })

  it('gives results by alias and reads names by value', async () => {
    const config = topicsConfig.replace('value="Delivery"', 'value="Delivery" alias="d"')
    const [answer] = await choose(untrained, ['My parcel never arrived.'], config)
    assert.equal(answer?.choice, 'd')
  })

  it('takes the hint of a choice for what it means', async () => {
    const config = (hint: string) =>
      `<View><Text name="text" value="$text"/><Choices name="topic" toName="text"><Choice value="P1"/><Choice value="P2" ${hint}/></Choices></View>`
    const text = 'The soup was cold and the waiter rude.'
    const [blind] = await choose(untrained, [text], config(''))
    const [hinted] = await choose(untrained, [text], config('hint="complaint about a restaurant"'))
    assert.equal(hinted?.choice, 'P2')
    assert.ok(hinted.score > (blind?.choice === 'P2' ? blind.score : 0.5), `${blind?.score} ${hinted.score}`)
  })

  it('answers an empty text', async () => {
    const [empty, whole] = await choose(untrained, ['', 'My parcel never arrived.'], topicsConfig)
    assert.ok(empty?.choice !== undefined)
    assert.equal(whole?.choice, 'Delivery')
  })

  async function compare(annotated: readonly Labelled[], held: readonly Labelled[], config: string) {
    await using trained = await train(annotated, config)
    const before = await accuracy(untrained, held, config)
    const after = await accuracy(trained.model, held, config)
    return { before, after, metrics: trained.metrics }
  }

  /** As `htx-train` does: in a process of its own, out of what Label Studio exports. */
  async function train(annotated: readonly Labelled[], config: string) {
    async function* tasks() {
      for (const { id, text, label } of annotated) {
        const region = { from_name: 'topic', to_name: 'text', type: 'choices', value: { choices: [label] } }
        yield { id, data: { text }, annotations: [{ id: 100 + id, result: [region] }] }
      }
    }
    const modelsDir = await mkdtemp(join(directory, 'models-'))
    const { version } = await trainModel({
      model,
      project: 'default',
      tasks: tasks(),
      labelConfig: config,
      modelsDir,
      logLevel: 'silent',
    })
    const opened = await openModel({ model, resources: version.resources, directory: version.directory })
    return {
      model: opened,
      metrics: version.manifest.metrics ?? {},
      [Symbol.asyncDispose]: () => opened.close(),
    }
  }
})

async function choose(opened: OpenModel, texts: readonly string[], labelConfig: string) {
  const outcomes = await opened.predict(
    texts.map(text => ({ data: { text } })),
    { labelConfig },
  )
  return outcomes.map(({ predictions: [prediction] }) => ({
    choice: ((prediction?.result[0] as Region | undefined)?.value.choices as string[] | undefined)?.[0],
    score: prediction?.score ?? 0,
  }))
}

async function accuracy(opened: OpenModel, held: readonly Labelled[], labelConfig: string): Promise<number> {
  const answers = await choose(
    opened,
    held.map(({ text }) => text),
    labelConfig,
  )
  return answers.filter(({ choice }, at) => choice === held[at]?.label).length / held.length
}

/** tasks.json: ten requests that a person has sorted, and others with what is right in `meta`. */
async function readRequests(): Promise<{ annotated: Labelled[]; held: Labelled[] }> {
  const tasks: {
    id: number
    data: { text: string }
    meta?: { expected: string }
    annotations?: [{ result: [{ value: { choices: [string] } }] }]
  }[] = JSON.parse(await readFile(new URL('tasks.json', import.meta.url), 'utf8'))
  const annotated: Labelled[] = []
  const held: Labelled[] = []
  for (const { id, data, meta, annotations } of tasks) {
    if (annotations !== undefined)
      annotated.push({ id, text: data.text, label: annotations[0].result[0].value.choices[0] })
    else if (meta !== undefined) held.push({ id, text: data.text, label: meta.expected })
  }
  return { annotated, held }
}

const percent = (share: number) => `${Math.round(share * 100)} %`
