import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { parseLabelConfig } from '@htx/core'
import { readInteractive, readResults } from '../../src/check/read-results.ts'

const labelConfig = parseLabelConfig(
  '<View><Text name="text" value="$text"/><Choices name="sentiment" toName="text"><Choice value="Positive"/></Choices></View>',
)
const tasks = [1, 2, 3].map(place => ({ place, id: place, data: { text: 'fine' } }))
const region = (more: object = {}) => ({
  id: 'a',
  from_name: 'sentiment',
  to_name: 'text',
  type: 'choices',
  value: { choices: ['Positive'] },
  ...more,
})
const good = { result: [region()], score: 0.5, model_version: 'v1' }
const read = (results: unknown, setupVersion: string | undefined = 'v1') =>
  readResults({ results }, 'predict', { tasks, labelConfig, setupVersion })
const forEach = (prediction: unknown) => read(tasks.map(() => prediction))
const verdicts = (findings: readonly { verdict: string }[]) => [...new Set(findings.map(({ verdict }) => verdict))]

// What Label Studio 1.23.2 was seen to do: test/fixtures/label-studio-behaviour.md
describe('reading the answer to a batch as Label Studio does', () => {
  const rows: readonly [string, unknown, 'ok' | 'warning' | 'problem', RegExp?][] = [
    ['a prediction a task', good, 'ok'],
    ['two predictions a task', [good, good], 'ok'],
    ['a score above 1', { ...good, score: 2 }, 'warning', /stores it as it is/],
    ['a score that is a text', { ...good, score: 'high' }, 'problem', /whole batch/],
    ['a score that is null', { ...good, score: null }, 'ok'],
    ['no version where /setup has one', { result: [region()] }, 'ok'],
    ['a version that is null', { ...good, model_version: null }, 'problem', /whole batch/],
    ['a version that is a number', { ...good, model_version: 7 }, 'warning', /makes it a text/],
    ['a version that /setup does not answer', { ...good, model_version: 'v2' }, 'warning', /asks for them again/],
    ['a result that is no list', { ...good, result: { choices: ['Positive'] } }, 'problem', /stores null/],
    ['a result that is null', { ...good, result: null }, 'problem', /whole batch/],
    ['no result', { score: 1, model_version: 'v1' }, 'problem', /without a word/],
    ['a control that is not there', { ...good, result: [region({ from_name: 'x' })] }, 'problem', /shows nothing/],
    ['a choice that is not there', { ...good, result: [region({ value: { choices: ['x'] } })] }, 'problem'],
    ['null', null, 'problem', /fails \(500\)/],
    ['an empty list', [], 'problem', /no prediction for any of 3 tasks/],
    ['a prediction without regions', { ...good, result: [] }, 'problem', /no prediction for any of 3 tasks/],
  ]
  for (const [name, prediction, verdict, words] of rows) {
    it(`takes ${name} for ${verdict}`, () => {
      const { findings } = forEach(prediction)
      assert.deepEqual(verdicts(findings), verdict === 'ok' ? [] : [verdict], JSON.stringify(findings))
      if (words !== undefined) assert.match(findings[0]?.message ?? '', words)
    })
  }

  it('counts what would show, when some of it does not', () => {
    const { shown, findings } = read([good, { ...good, result: [region({ to_name: 'x' })] }, []])
    assert.equal(shown, 1)
    assert.equal(findings[0]?.what, 'task 2 (id 2), prediction 1, region 1 (id "a"): to_name')
  })

  it('warns when most tasks have none', () => {
    const { shown, findings } = read([good, [], []])
    assert.equal(shown, 1)
    assert.deepEqual(verdicts(findings), ['warning'])
    assert.match(findings[0]?.message ?? '', /no prediction for 2 of 3 tasks/)
  })

  it('lets a backend that answers clicks say nothing before the first', () => {
    const smart = parseLabelConfig(
      '<View><Text name="text" value="$text"/><Labels name="ner" toName="text" smart="true"><Label value="PER"/></Labels></View>',
    )
    const { findings } = readResults({ results: [[], [], []] }, 'predict', {
      tasks,
      labelConfig: smart,
      setupVersion: 'v1',
    })
    assert.deepEqual(verdicts(findings), ['warning'])
  })

  it('says that nothing is stored where the answer has another shape, or another number of results', () => {
    const context = { tasks, labelConfig, setupVersion: 'v1' }
    const answers = [[good], { predictions: [good] }, { results: [] }, { results: [good, good] }, 'fine', null]
    for (const answer of answers) {
      const { shown, findings } = readResults(answer, 'predict', context)
      assert.equal(shown, 0)
      assert.deepEqual(verdicts(findings), ['problem'])
      assert.match(findings[0]?.message ?? '', /stores nothing/)
    }
  })

  it('says that Label Studio asks again, task by task, where there is one result for many', () => {
    assert.match(read([good]).findings[0]?.message ?? '', /task by task/)
  })

  it('misses a version when neither /setup nor the predictions have one', () => {
    const { findings } = readResults({ results: tasks.map(() => ({ result: [region()] })) }, 'predict', {
      tasks,
      labelConfig,
      setupVersion: undefined,
    })
    assert.match(findings[0]?.message ?? '', /name a version/)
  })
})

describe('reading the answer to a click', () => {
  const ask = (results: unknown) =>
    readInteractive({ results }, 'interactive', { tasks, labelConfig, setupVersion: 'v1' })

  it('takes a prediction, an empty one too, and no list of them', () => {
    assert.deepEqual(ask([good]), { shown: 1, findings: [] })
    assert.deepEqual(ask([{ result: [] }]), { shown: 0, findings: [] })
    for (const answer of [[[good]], [], [null], [{}], undefined]) {
      assert.deepEqual(verdicts(ask(answer).findings), ['problem'])
    }
  })

  it('checks the regions', () => {
    assert.match(ask([{ result: [region({ type: 'labels' })] }]).findings[0]?.what ?? '', /region 1 \(id "a"\): type/)
  })
})
