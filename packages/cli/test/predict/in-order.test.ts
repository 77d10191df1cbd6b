import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { chunksOf, inOrder } from '../../src/predict/in-order.ts'

async function* numbers(count: number): AsyncGenerator<number> {
  for (let number = 0; number < count; number += 1) yield number
}

async function all<T>(items: AsyncIterable<T>): Promise<T[]> {
  const list: T[] = []
  for await (const item of items) list.push(item)
  return list
}

describe('work in order', () => {
  it('gives chunks, the last as long as what is left', async () => {
    assert.deepEqual(await all(chunksOf(numbers(5), 2)), [[0, 1], [2, 3], [4]])
    assert.deepEqual(await all(chunksOf(numbers(0), 2)), [])
  })

  it('gives results in the order of the items, whichever is ready first, and never works on more than it may', async () => {
    const waiting: (() => void)[] = []
    let atOnce = 0
    let most = 0
    const work = async (item: number) => {
      atOnce += 1
      most = Math.max(most, atOnce)
      await new Promise<void>(resolve => {
        waiting.push(resolve)
        // The last that was begun is the first that is ready.
        if (waiting.length === 3) for (const ready of waiting.splice(0).reverse()) ready()
      })
      atOnce -= 1
      return item
    }
    assert.deepEqual(await all(inOrder(numbers(6), 3, work)), [0, 1, 2, 3, 4, 5])
    assert.equal(most, 3)
  })

  it('fails with the first failure in order, and begins nothing after it', async () => {
    const begun: number[] = []
    const results = inOrder(numbers(10), 2, async item => {
      begun.push(item)
      if (item === 1) throw new Error('no')
      return item
    })
    await assert.rejects(all(results), /no/)
    assert.deepEqual(begun, [0, 1, 2])
  })
})
