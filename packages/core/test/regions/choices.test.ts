import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { choices, taxonomy } from '../../src/regions/choices.ts'
import { rectangle } from '../../src/regions/rectangle.ts'
import { bindingOf, box, boxPercents, image } from './project.ts'

describe('choices', () => {
  it('say something about the whole task', () => {
    assert.deepEqual(choices(bindingOf('cls'), ['Positive'], { id: 'c1' }), {
      id: 'c1',
      from_name: 'cls',
      to_name: 'text',
      type: 'choices',
      value: { choices: ['Positive'] },
    })
  })

  it('say something about one region', () => {
    const drawn = rectangle(bindingOf('rect'), box, { image })
    const region = choices(bindingOf('quality'), ['Sharp'], { of: drawn })
    assert.equal(region.id, drawn.id)
    assert.deepEqual(region.value, { ...boxPercents, choices: ['Sharp'] })
  })

  it('may be several where the config says so', () => {
    assert.deepEqual(choices(bindingOf('multi'), ['A', 'B']).value, { choices: ['A', 'B'] })
    assert.throws(() => choices(bindingOf('cls'), ['Positive', 'Negative']), {
      code: 'HTX_REGION_INVALID',
      message: /one choice/,
    })
  })

  it('reject a choice that the config has not, naming those it has', () => {
    assert.throws(() => choices(bindingOf('cls'), ['Neutral']), {
      code: 'HTX_REGION_INVALID',
      message: /<Choices name="cls">: value\.choices\[0\]: expected one of "Positive", "Negative", got "Neutral"/,
    })
  })
})

describe('taxonomy', () => {
  it('give paths from the root', () => {
    assert.deepEqual(taxonomy(bindingOf('tax'), [['Animal', 'Cat'], ['Plant']], { id: 'x1' }), {
      id: 'x1',
      from_name: 'tax',
      to_name: 'text',
      type: 'taxonomy',
      value: { taxonomy: [['Animal', 'Cat'], ['Plant']] },
    })
  })

  it('reject a path that the tree has not', () => {
    assert.throws(() => taxonomy(bindingOf('tax'), [['Cat']]), {
      message: /value\.taxonomy\[0\]\[0\].*"Animal", "Plant"/,
    })
  })
})
