import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { type Backend, startBackend } from '../support/backend.ts'
import { keepScreenshot, taskUrl } from '../support/chromium.ts'
import { highlighted, listedRegions, openTask } from '../support/editor.ts'
import { withoutChromium } from '../support/environments.ts'
import type { Running } from '../support/suite.ts'

const labelConfig =
  '<View><Labels name="entity" toName="text"><Label value="Person"/></Labels><Text name="text" value="$text"/></View>'

/** JavaScript counts each face as two characters, the family as eight; Label Studio counts code points. */
const text = '😀👩‍👩‍👦 Ada Lovelace wrote to Charles Babbage 😀'

export function namedEntities(running: () => Running): void {
  describe('named entities in a text with emoji', () => {
    let backend: Backend
    let project: number
    before(async () => {
      const { api } = running()
      backend = await startBackend(running(), { model: 'test/label-studio/models/names.ts' })
      project = (await api.createProject('named entities', labelConfig)).id
      await api.importTasks(project, [{ text }])
      await api.connect(project, backend.url)
      await api.retrievePredictions(project)
    })
    after(() => backend?.close())

    it('stores spans in code points', async () => {
      const [task] = await running().api.tasks(project)
      const result = task?.predictions[0]?.result ?? []
      const points = [...text]
      const spans = result.map(({ value }) => points.slice(value.start as number, value.end as number).join(''))
      assert.deepEqual(spans, ['Ada Lovelace', 'Charles Babbage'])
    })

    it('highlights exactly the names', { skip: withoutChromium() }, async () => {
      const { page } = running().browser()
      const [task] = await running().api.tasks(project)
      await openTask(page, taskUrl(running(), project, task?.id ?? 0), 2)
      await keepScreenshot(page, 'named-entities')
      assert.deepEqual(await highlighted(page), ['Ada Lovelace', 'Charles Babbage'])
      assert.deepEqual(await listedRegions(page), ['Person Ada Lovelace', 'Person Charles Babbage'])
    })
  })
}
