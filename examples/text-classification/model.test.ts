import assert from 'node:assert/strict'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import {
  type AnnotatedTask,
  type AnnotationRecord,
  type Binding,
  type DataItem,
  findBindings,
  openModel,
  parseLabelConfig,
  readAnnotatedTask,
  type TrainContext,
  toDataItem,
} from '@htx/core'
import Model, { train } from './model.ts'

const labelConfig = await readFile(new URL('label-config.xml', import.meta.url), 'utf8')

async function choose(texts: readonly string[], resources: Record<string, unknown> = {}, config = labelConfig) {
  await using model = await openModel({ model: Model, resources })
  const outcomes = await model.predict(
    texts.map(text => ({ data: { text } })),
    { labelConfig: config },
  )
  return outcomes.map(({ predictions: [prediction] }) => ({
    choice: (prediction?.result[0] as { value: { choices: string[] } } | undefined)?.value.choices[0],
    score: prediction?.score ?? 0,
  }))
}

describe('the text classification example', () => {
  it('is useful before its first training', async () => {
    const tasks: { data: { text: string } }[] = JSON.parse(
      await readFile(new URL('tasks.json', import.meta.url), 'utf8'),
    )
    const answers = await choose(tasks.map(({ data }) => data.text))
    assert.deepEqual(
      answers.map(({ choice }) => choice),
      ['Positive', 'Negative', 'Positive'],
    )
  })

  it('says that it knows nothing of a text without a hint', async () => {
    const [answer] = await choose(['The table has four legs.'])
    assert.equal(answer?.score, 0.5)
  })

  it('learns labels of any kind', async () => {
    const config = labelConfig.replace('Positive', 'sport').replace('Negative', 'food')
    const [binding] = findBindings(parseLabelConfig(config), Model.inputTypes, Model.outputTypes)
    const texts = {
      sport: ['the team won the match', 'a goal in the last minute', 'she ran the race'],
      food: ['bake the bread', 'a soup with onions', 'salt and pepper'],
    }
    const items = Object.entries(texts).flatMap(([label, own]) =>
      own.map((text, id): DataItem<[string]> => itemOf(id, text, label, binding)),
    )
    const workingDir = await mkdtemp(join(tmpdir(), 'htx-train-'))
    try {
      const log = { debug() {}, info() {}, warn() {}, error() {} }
      const context: TrainContext<{ weightsFile: string }> = {
        binding,
        bindings: [binding],
        labelConfig: parseLabelConfig(config),
        options: {},
        params: {},
        project: '1',
        itemCount: items.length,
        previous: undefined,
        signal: new AbortController().signal,
        log,
        progress() {},
        resolve: async url => url,
      }
      async function* each() {
        yield* items
      }
      const resources = await train(each(), workingDir, context)
      const answers = await choose(
        ['the match was won by a goal', 'bread and soup with salt'],
        { ...resources },
        config,
      )
      assert.deepEqual(
        answers.map(({ choice }) => choice),
        ['sport', 'food'],
      )
    } finally {
      await rm(workingDir, { recursive: true })
    }
  })
})

function itemOf(id: number, text: string, label: string, binding: Binding): DataItem<[string]> {
  const result = [{ from_name: 'sentiment', to_name: 'text', type: 'choices', value: { choices: [label] } }]
  const { task, annotations } = readAnnotatedTask({ id, data: { text }, annotations: [{ result }] }) as AnnotatedTask
  return toDataItem(task, annotations[0] as AnnotationRecord, binding) as DataItem<[string]>
}
