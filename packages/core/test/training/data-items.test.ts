import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import {
  type AnnotatedTask,
  type DataItem,
  findBindings,
  parseLabelConfig,
  readAnnotatedTask,
  toDataItem,
} from '@htx/core'

const config = parseLabelConfig(
  '<View><Image name="image" value="$image"/><RectangleLabels name="box" toName="image"><Label value="Line"/></RectangleLabels><TextArea name="text" toName="image" perRegion="true"/></View>',
)
const [binding] = findBindings(config, ['Image'], ['RectangleLabels'])
const box = {
  id: 'r1',
  from_name: 'box',
  to_name: 'image',
  type: 'rectanglelabels',
  value: { x: 1, y: 2, width: 3, height: 4, rectanglelabels: ['Line'] },
}
const text = { id: 'r1', from_name: 'text', to_name: 'image', type: 'textarea', value: { text: ['ABC'] } }
const relation = { type: 'relation', from_id: 'r1', to_id: 'r2', direction: 'right' }

function read(task: unknown): AnnotatedTask {
  const found = readAnnotatedTask(task)
  assert.notEqual(typeof found, 'string')
  return found as AnnotatedTask
}

describe('annotations of every generation', () => {
  const result = [box, text, relation]
  for (const [generation, task] of [
    [
      '≥ 1.0',
      {
        id: 1,
        data: { image: 'a.png' },
        annotations: [{ id: 7, result, ground_truth: true, updated_at: '2026-03-01T09:00:00.123456Z' }],
      },
    ],
    [
      '0.6–0.9',
      { id: 1, data: { image: 'a.png' }, completions: [{ id: 7, result, honeypot: true, created_at: 1_772_355_600 }] },
    ],
    ['0.4–0.5', { id: 1, data: { image: 'a.png' }, result }],
  ] as const) {
    it(`become an item with regions, what is said of each, and relations (${generation})`, () => {
      const { task: record, annotations } = read(task)
      assert.equal(annotations.length, 1)
      const item = toDataItem(record, annotations[0] as never, binding) as DataItem
      assert.deepEqual(item.input, ['a.png'])
      assert.deepEqual(item.output, [box])
      assert.deepEqual(item.regions[0]?.byControl.text, text)
      assert.deepEqual(item.relations, [relation])
      assert.equal(item.annotation.groundTruth, generation !== '0.4–0.5')
    })
  }

  it('come one item an annotation, and skipped ones are known', () => {
    const { annotations } = read({
      id: 1,
      data: {},
      annotations: [
        { id: 1, result: [] },
        { id: 2, result: [box] },
        { id: 3, was_cancelled: true, result: [] },
      ],
    })
    assert.deepEqual(
      annotations.map(({ wasCancelled }) => wasCancelled),
      [false, false, true],
    )
  })

  it('are left out with a reason when they are malformed', () => {
    const { annotations, malformed } = read({
      id: 1,
      data: {},
      annotations: [
        null,
        { id: 2, result: 'x' },
        { id: 3, result: [7] },
        { id: 4, result: [{ from_name: 'box' }] },
        { id: 5, result: [] },
      ],
    })
    assert.deepEqual(
      annotations.map(({ id }) => id),
      [5],
    )
    assert.equal(malformed.length, 4)
    assert.equal(readAnnotatedTask({ id: 1 }), 'the task has no data')
    assert.equal(readAnnotatedTask(7), 'the task is no object')
  })

  it('are told apart to the microsecond', () => {
    const at = (updated_at: string) =>
      read({ id: 1, data: {}, annotations: [{ id: 1, result: [], updated_at }] }).annotations[0]?.updatedAt ?? 0
    assert.ok(at('2026-03-01T09:00:00.000002Z') > at('2026-03-01T09:00:00.000001Z'))
    assert.equal(at('yesterday'), 0)
  })

  it('do not become items where the task lacks what the binding shows', () => {
    const { task, annotations } = read({ id: 1, data: { other: 1 }, annotations: [{ id: 1, result: [box] }] })
    assert.match(String(toDataItem(task, annotations[0] as never, binding)), /has no data\.image/)
  })

  it('say that they were made with another label config', () => {
    const other = { ...box, from_name: 'rectangles' }
    const { task, annotations } = read({ id: 1, data: { image: 'a.png' }, annotations: [{ id: 7, result: [other] }] })
    const item = toDataItem(task, annotations[0] as never, binding, config)
    assert.match(String(item), /annotation 7 of task 1 speaks of rectangles, which the label config does not have/)
    const both = { ...annotations[0], result: [other, box] }
    assert.equal((toDataItem(task, both as never, binding, config) as DataItem).output.length, 1)
    const empty = { ...annotations[0], result: [] }
    assert.deepEqual((toDataItem(task, empty as never, binding, config) as DataItem).output, [])
  })
})
