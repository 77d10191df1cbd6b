import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { type Backend, startBackend } from '../support/backend.ts'
import { keepScreenshot, taskUrl } from '../support/chromium.ts'
import { listedRegions, openTask, shownArea, untilRedAt } from '../support/editor.ts'
import { withoutChromium } from '../support/environments.ts'
import { makeWav } from '../support/sound.ts'
import type { Running } from '../support/suite.ts'

const labelConfig =
  '<View><Labels name="what" toName="audio"><Label value="Sound" background="#ff0000"/></Labels><Audio name="audio" value="$audio"/></View>'
const lengthSeconds = 4
const loud = { from: 1, to: 2.5 }

export function sounds(running: () => Running): void {
  describe('a stretch of sound', () => {
    let backend: Backend
    let project: number
    before(async () => {
      const { api } = running()
      backend = await startBackend(running(), { model: 'test/label-studio/models/sounds.ts' })
      project = (await api.createProject('sounds', labelConfig)).id
      await api.upload(project, [{ name: 'sound.wav', bytes: makeWav(lengthSeconds, loud) }])
      await api.connect(project, backend.url)
      await api.retrievePredictions(project)
    })
    after(() => backend?.close())

    it('is stored in seconds', async () => {
      const [task] = await running().api.tasks(project)
      const { start, end, labels } = task?.predictions[0]?.result[0]?.value ?? {}
      assert.deepEqual([Number(start).toFixed(2), Number(end).toFixed(2), labels], ['1.00', '2.50', ['Sound']])
    })

    it('lies under its moments of the waveform', { skip: withoutChromium() }, async () => {
      const { page } = running().browser()
      const [task] = await running().api.tasks(project)
      await openTask(page, taskUrl(running(), project, task?.id ?? 0), 1)
      await untilRedAt(page, async () => {
        const wave = await shownArea(page, 'canvas')
        if (wave === undefined) return undefined
        const perSecond = wave.width / lengthSeconds
        return { x: wave.x + loud.from * perSecond, width: (loud.to - loud.from) * perSecond }
      })
      await keepScreenshot(page, 'audio')
      assert.deepEqual(await listedRegions(page), ['Sound'])
    })
  })
}
