import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { isValidation, labelsOf, labelsOfItem, type Region, shuffle, splitItems } from '@htx/core'

const numbers = (count: number) => Array.from({ length: count }, (_, id) => id)

async function all<T>(items: AsyncIterable<T>): Promise<T[]> {
  const found: T[] = []
  for await (const item of items) found.push(item)
  return found
}

describe('shuffle', () => {
  it('gives every item once, in the same order for the same seed', async () => {
    const one = await all(shuffle(numbers(100), { seed: 3 }))
    assert.deepEqual(await all(shuffle(numbers(100), { seed: 3 })), one)
    assert.notDeepEqual(await all(shuffle(numbers(100), { seed: 4 })), one)
    assert.deepEqual(
      [...one].sort((a, b) => a - b),
      numbers(100),
    )
  })

  it('gives the same order on every engine', async () => {
    assert.deepEqual(await all(shuffle(numbers(8))), [5, 0, 3, 4, 7, 6, 1, 2])
  })

  it('holds no more than its buffer', async () => {
    let given = 0
    async function* source() {
      for (; given < 1_000; given += 1) yield given
    }
    let taken = 0
    for await (const _ of shuffle(source(), { bufferSize: 10 })) {
      taken += 1
      assert.ok(given - taken <= 11, `${given - taken} items are held`)
    }
    assert.equal(taken, 1_000)
  })

  it('leaves no item where it was more often than chance does', async () => {
    const places = await Promise.all(
      numbers(600).map(async seed => (await all(shuffle(numbers(6), { seed }))).indexOf(0)),
    )
    for (const place of numbers(6)) {
      const count = places.filter(found => found === place).length
      assert.ok(count > 60 && count < 140, `place ${place}: ${count} of 600`)
    }
  })
})

describe('splitItems', () => {
  it('holds a share back, and keeps annotations of one task together', async () => {
    const items = numbers(1_000).map(n => ({ id: Math.floor(n / 2) }))
    const { training, validation } = await splitItems(items)
    assert.equal(training.length + validation.length, 1_000)
    assert.ok(validation.length > 140 && validation.length < 260, `${validation.length} held back`)
    const held = new Set(validation.map(({ id }) => id))
    assert.ok(training.every(({ id }) => !held.has(id)))
  })

  it('moves no item when another comes', async () => {
    const before = (await splitItems(numbers(100).map(id => ({ id })))).validation
    const after = (await splitItems(numbers(101).map(id => ({ id })))).validation
    assert.deepEqual(
      after.filter(({ id }) => id < 100),
      before,
    )
    assert.equal(isValidation(before[0]?.id), true)
  })

  it('leaves neither side empty, as long as there are two tasks', async () => {
    for (const count of [2, 3, 4]) {
      const { training, validation } = await splitItems(numbers(count).map(id => ({ id })))
      assert.ok(training.length > 0 && validation.length > 0)
    }
    assert.equal((await splitItems([{ id: 1 }])).training.length, 1)
  })
})

describe('labelsOf', () => {
  const region = (type: string, value: object) => ({ from_name: 'c', to_name: 'o', type, value }) as Region
  const items = [
    { output: [region('choices', { choices: ['b', 'a'] })] },
    { output: [region('rectanglelabels', { rectanglelabels: ['a'] }), region('labels', { labels: ['c'] })] },
    { output: [region('taxonomy', { taxonomy: [['Sport', 'Ball'], ['Sport']] })] },
    { output: [region('rating', { rating: 4 })] },
  ]

  it('counts what stands in regions of any kind', async () => {
    assert.deepEqual(
      [...(await labelsOf(items))],
      [
        ['Ball', 1],
        ['Sport', 1],
        ['a', 2],
        ['b', 1],
        ['c', 1],
      ],
    )
    assert.deepEqual(items.map(labelsOfItem), [['b', 'a'], ['a', 'c'], ['Ball', 'Sport'], []])
  })
})
