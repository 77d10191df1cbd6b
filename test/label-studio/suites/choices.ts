import { after, before, describe, it } from 'node:test'
import { type Backend, startBackend } from '../support/backend.ts'
import { keepScreenshot, taskUrl } from '../support/chromium.ts'
import { tickedChoices } from '../support/editor.ts'
import { withoutChromium } from '../support/environments.ts'
import { poll } from '../support/poll.ts'
import type { Running } from '../support/suite.ts'

const labelConfig =
  '<View><Text name="text" value="$text"/><Choices name="mood" toName="text"><Choice value="Positive"/><Choice value="Negative"/></Choices></View>'

export function choices(running: () => Running): void {
  describe('choices', () => {
    let backend: Backend
    before(async () => {
      backend = await startBackend(running(), { model: 'examples/text-classification/model.ts' })
    })
    after(() => backend?.close())

    it('are ticked in the editor', { skip: withoutChromium() }, async () => {
      const { api } = running()
      const { page } = running().browser()
      const { id } = await api.createProject('choices', labelConfig)
      const [task] = await api.importTasks(id, [{ text: 'A wonderful film, worth every minute.' }])
      await api.connect(id, backend.url)
      await api.retrievePredictions(id)
      await page.goto(taskUrl(running(), id, task ?? 0))
      await poll(
        () => tickedChoices(page),
        ticked => ticked.join() === 'Positive',
      )
      await keepScreenshot(page, 'text-classification')
    })
  })
}
