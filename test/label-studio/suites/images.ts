import assert from 'node:assert/strict'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import type { StoredRegion, StoredTask } from '../support/api.ts'
import { type Backend, startBackend } from '../support/backend.ts'
import { keepScreenshot, taskUrl } from '../support/chromium.ts'
import { listedRegions, openTask, shownArea, untilRedAt } from '../support/editor.ts'
import { withoutChromium } from '../support/environments.ts'
import { drawShapes, encodePng } from '../support/gray-image.ts'
import { poll } from '../support/poll.ts'
import type { Running } from '../support/suite.ts'

const size = { width: 320, height: 200 }
const shape = { x: 80, y: 40, width: 120, height: 60 }
const file = { name: 'shape.png', bytes: encodePng(drawShapes(size.width, size.height, [shape])) }
const inPercent = { x: 25, y: 20, width: 37.5, height: 30, rotation: 0 }

const config = (controls: string) => `<View><Image name="image" value="$image"/>${controls}</View>`
const dark = '<Label value="Dark" background="#ff0000"/>'
const boxes = config(`<RectangleLabels name="box" toName="image">${dark}</RectangleLabels>`)
const masks = config(`<BrushLabels name="mask" toName="image">${dark}</BrushLabels>`)
const lines = config(
  '<Rectangle name="line" toName="image"/><Labels name="kind" toName="image"><Label value="Line" background="#ff0000"/></Labels>' +
    '<TextArea name="text" toName="image" perRegion="true" editable="true" displayMode="region-list"/>',
)
const clicks = config(
  '<KeyPointLabels name="click" toName="image" smart="true"><Label value="Here" background="#0000ff"/></KeyPointLabels>' +
    `<RectangleLabels name="box" toName="image">${dark}</RectangleLabels>`,
)

/** The model gets each picture from Label Studio as a file and says where in it something dark is. */
export function images(running: () => Running): void {
  describe('images', () => {
    let backend: Backend
    before(async () => {
      backend = await startBackend(running(), { model: 'test/label-studio/models/dark-shape.ts' })
    })
    after(() => backend?.close())

    async function predicted(title: string, labelConfig: string): Promise<{ task: StoredTask; url: string }> {
      const { api } = running()
      const { id } = await api.createProject(title, labelConfig)
      await api.upload(id, [file])
      await api.connect(id, backend.url)
      await api.retrievePredictions(id)
      const [task] = await api.tasks(id)
      assert.ok(task !== undefined)
      return { task, url: taskUrl(running(), id, task.id) }
    }
    const resultOf = (task: StoredTask): readonly StoredRegion[] => task.predictions[0]?.result ?? []

    /** Where the shape is on the screen, whatever the size in which the picture is shown. */
    async function shapeOnScreen() {
      const shown = await shownArea(running().browser().page, 'img')
      if (shown === undefined) return undefined
      const scale = shown.width / size.width
      return {
        x: shown.x + shape.x * scale,
        y: shown.y + shape.y * scale,
        width: shape.width * scale,
        height: shape.height * scale,
      }
    }

    it('boxes: what was uploaded to Label Studio is fetched, and the box is stored in percent', async () => {
      const { task } = await predicted('boxes, stored', boxes)
      assert.match(String(task.data.image), /^\/data\/upload\//)
      const [region] = resultOf(task)
      assert.deepEqual(region?.value, { ...inPercent, rectanglelabels: ['Dark'] })
      assert.deepEqual([region?.original_width, region?.original_height], [size.width, size.height])
    })

    it('boxes: the box sits on what it is about', { skip: withoutChromium() }, async () => {
      const { page } = running().browser()
      const { url } = await predicted('boxes, shown', boxes)
      await openTask(page, url, 1)
      await untilRedAt(page, shapeOnScreen)
      await keepScreenshot(page, 'bounding-box')
      assert.deepEqual(await listedRegions(page), ['Dark'])
    })

    it('OCR: a line is a box, a label and a text in one region', { skip: withoutChromium() }, async () => {
      const { page } = running().browser()
      const { task, url } = await predicted('OCR', lines)
      assert.deepEqual(
        resultOf(task).map(({ type }) => type),
        ['rectangle', 'labels', 'textarea'],
      )
      assert.equal(new Set(resultOf(task).map(({ id }) => id)).size, 1)
      await openTask(page, url, 1)
      await untilRedAt(page, shapeOnScreen)
      await keepScreenshot(page, 'ocr')
      assert.deepEqual(await listedRegions(page), ['Line'])
      assert.equal(await page.getByTestId('textarea-region-input').inputValue(), '120 by 60')
    })

    it('brush: the mask covers what it is about', { skip: withoutChromium() }, async () => {
      const { page } = running().browser()
      const { task, url } = await predicted('brush', masks)
      assert.equal(resultOf(task)[0]?.value.format, 'rle')
      await openTask(page, url, 1)
      await untilRedAt(page, shapeOnScreen)
      await keepScreenshot(page, 'brush')
    })

    it('local storage: a file that Label Studio serves from its disk is fetched', async () => {
      const { api, filesDirectory } = running()
      const directory = join(filesDirectory, 'scans')
      await mkdir(directory, { recursive: true })
      await writeFile(join(directory, 'a shape.png'), file.bytes)
      const { id } = await api.createProject('local storage', boxes)
      await api.syncLocalFiles(id, directory)
      await api.connect(id, backend.url)
      await api.retrievePredictions(id)
      const [task] = await api.tasks(id)
      assert.match(String(task?.data.image), /\/data\/local-files\/\?d=scans/)
      assert.deepEqual(task?.predictions[0]?.result[0]?.value, { ...inPercent, rectanglelabels: ['Dark'] })
    })

    describe('a click', () => {
      let project: number
      let task: number
      let connected: number
      before(async () => {
        const { api } = running()
        project = (await api.createProject('clicks', clicks)).id
        await api.upload(project, [file])
        connected = (await api.connect(project, backend.url, { is_interactive: true })).id
        task = (await api.tasks(project))[0]?.id ?? 0
      })
      const click = (x: number, y: number) => ({
        result: [
          {
            id: 'click-1',
            from_name: 'click',
            to_name: 'image',
            type: 'keypointlabels',
            original_width: size.width,
            original_height: size.height,
            image_rotation: 0,
            is_positive: true,
            value: { x, y, width: 0.3, keypointlabels: ['Here'] },
          },
        ],
      })

      it('is answered with what was clicked on, and with nothing elsewhere', async () => {
        const { api } = running()
        const hit = await api.interactive(connected, task, click(30, 25))
        assert.deepEqual(hit.data?.result[0]?.value, { ...inPercent, rectanglelabels: ['Dark'] })
        const missed = await api.interactive(connected, task, click(90, 90))
        assert.deepEqual(missed.data?.result, [])
      })

      it('brings the box into the editor', { skip: withoutChromium() }, async () => {
        const { page } = running().browser()
        await openTask(page, taskUrl(running(), project, task), 0)
        await page.locator('.lsf-dynamic-preannotations').click()
        await page.locator('.lsf-label', { hasText: 'Here' }).click()
        const onScreen = await poll(shapeOnScreen, area => area !== undefined)
        assert.ok(onScreen !== undefined)
        await page.mouse.click(onScreen.x + onScreen.width / 2, onScreen.y + onScreen.height / 2)
        await untilRedAt(page, shapeOnScreen)
        await keepScreenshot(page, 'click')
        await poll(
          () => listedRegions(page),
          regions => regions.includes('Dark'),
        )
      })
    })
  })
}
