import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { LinkedList } from '../../src/pool/linked-list.ts'

describe('LinkedList', () => {
  it('keeps the order in which items came, whoever leaves', () => {
    const list = new LinkedList<string>()
    const links = ['a', 'b', 'c', 'd'].map(item => list.push(item))
    for (const place of [1, 3, 0]) {
      const link = links[place]
      assert.ok(link !== undefined)
      list.remove(link)
      list.remove(link)
    }
    list.push('e')
    assert.deepEqual([...list], ['c', 'e'])
    assert.equal(list.size, 2)
  })

  it('lets the item that is at hand leave, and others come', () => {
    const list = new LinkedList<number>()
    const links = new Map([1, 2, 3].map(item => [item, list.push(item)]))
    const seen: number[] = []
    for (const item of list) {
      seen.push(item)
      const link = links.get(item)
      if (link !== undefined) list.remove(link)
      if (item === 3) list.push(4)
    }
    assert.deepEqual(seen.slice(0, 3), [1, 2, 3])
    assert.deepEqual([...list], [4])
  })
})
