import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { Places } from '../../src/pool/places.ts'

function open(mostServing: number, slots: readonly string[]): Places<string> {
  const places = new Places<string>(mostServing)
  for (const slot of slots) places.join(slot)
  return places
}

describe('Places', () => {
  it('lets spares serve in the order in which they came, until all places are taken', () => {
    const places = open(2, ['a', 'b', 'c'])
    assert.equal(places.promoteSpares(), true)
    assert.equal(places.promoteSpares(), false)
    assert.deepEqual([[...places.serving], [...places.spares]], [['a', 'b'], ['c']])
  })

  it('leaves the second place empty while a load waits for a spare, not the first', async () => {
    const places = open(2, [])
    const loads = places.nextSpare()
    places.join('a')
    places.promoteSpares()
    assert.deepEqual([...places.serving], ['a'])
    places.join('b')
    assert.equal(places.promoteSpares(), false)
    places.offerSpares()
    assert.equal(await loads, 'b')
  })

  it('gives a load no spare that is busy, as is one that has just changed places during its last run', async () => {
    const places = open(1, ['a', 'b'])
    places.promoteSpares()
    places.markBusy('a')
    places.exchange('b', 'a')
    assert.deepEqual([...places.idle()], ['b'])
    const loads = places.nextSpare()
    places.offerSpares()
    places.markDone('a')
    places.offerSpares()
    assert.equal(await loads, 'a')
  })

  it('fails loads that wait when it is closed', async () => {
    const places = open(1, [])
    const loads = places.nextSpare()
    places.close()
    await assert.rejects(loads, { code: 'HTX_DRAINING' })
  })
})
