import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { findBindings } from '../../src/label-config/find-bindings.ts'
import { labelMap } from '../../src/label-config/label-map.ts'
import { parseLabelConfig } from '../../src/label-config/parse-label-config.ts'

function mapped(labels: string, classes: string[]): Record<string, string> {
  const xml = `<View><Image name="i" value="$i"/><RectangleLabels name="r" toName="i">${labels}</RectangleLabels></View>`
  const [binding] = findBindings(parseLabelConfig(xml), undefined, ['RectangleLabels'])
  return Object.fromEntries(labelMap(binding, classes))
}

describe('labelMap', () => {
  const cases: [string, string, string[], Record<string, string>][] = [
    [
      'several classes to one label by predicted_values',
      '<Label value="Vehicle" predicted_values="car, truck"/>',
      ['car', 'truck', 'bus'],
      { car: 'Vehicle', truck: 'Vehicle' },
    ],
    [
      'a class to the last label that claims it',
      '<Label value="A" predicted_values="car"/><Label value="B" predicted_values="car"/>',
      ['car'],
      { car: 'B' },
    ],
    ['a class to the label of its name', '<Label value="Car"/><Label value="car"/>', ['car'], { car: 'car' }],
    ['a class to a label in other letters, under its own name', '<Label value="CAR"/>', ['Car'], { Car: 'CAR' }],
    ['a class to the alias of a label', '<Label value="Dog" alias="canine"/>', ['dog'], { dog: 'canine' }],
    ['a class by its alias', '<Label value="Dog" alias="canine"/>', ['canine'], { canine: 'canine' }],
    [
      'by predicted_values before the name',
      '<Label value="car"/><Label value="Vehicle" predicted_values="car"/>',
      ['car'],
      { car: 'Vehicle' },
    ],
    ['nothing to an empty predicted_values', '<Label value="A" predicted_values=""/>', ['', 'B'], {}],
  ]
  for (const [what, labels, classes, expected] of cases) {
    it(`maps ${what}`, () => {
      assert.deepEqual(mapped(labels, classes), expected)
    })
  }

  it('finds labels anywhere in a tree', () => {
    const xml =
      '<View><Text name="t" value="$t"/><Taxonomy name="x" toName="t"><Choice value="A"><Choice value="B"/></Choice></Taxonomy></View>'
    const [binding] = findBindings(parseLabelConfig(xml), undefined, ['Taxonomy'])
    assert.deepEqual([...labelMap(binding, ['b'])], [['b', 'B']])
  })
})
