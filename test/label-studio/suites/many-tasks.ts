import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { type Backend, startBackend } from '../support/backend.ts'
import type { Running } from '../support/suite.ts'

const labelConfig =
  '<View><Labels name="entity" toName="text"><Label value="Person"/></Labels><Text name="text" value="$text"/></View>'

/** Label Studio sends all that is selected in one request. */
export function manyTasks(running: () => Running): void {
  describe('a batch of 1,000 tasks', () => {
    let backend: Backend
    before(async () => {
      backend = await startBackend(running(), { model: 'test/label-studio/models/names.ts' })
    })
    after(() => backend?.close())

    it('is stored in full, each task with its own prediction', async () => {
      const { api } = running()
      const { id } = await api.createProject('many tasks', labelConfig)
      const texts = Array.from({ length: 1_000 }, (_, place) => `${'.'.repeat(place)} Ada Lovelace`)
      await api.importTasks(
        id,
        texts.map(text => ({ text })),
      )
      await api.connect(id, backend.url)
      await api.retrievePredictions(id)
      const starts = (await api.tasks(id)).map(({ data, predictions }) => [
        String(data.text).indexOf('Ada'),
        predictions.map(({ result }) => result[0]?.value.start),
      ])
      assert.equal(starts.length, 1_000)
      for (const [expected, stored] of starts) assert.deepEqual(stored, [expected])
    })
  })
}
