import type { Page } from 'playwright-core'
import { poll } from './poll.ts'

/** In pixels of the page. */
export interface Rectangle {
  readonly x: number
  readonly y: number
  readonly width: number
  readonly height: number
}

/** Opens a task and waits until the editor lists its regions. */
export async function openTask(page: Page, url: string, regions: number): Promise<void> {
  await page.goto(url)
  await poll(
    () => page.locator(regionRows).count(),
    count => count === regions,
  )
}

const regionRows = '.lsf-outliner-item'

/** What the list of regions says of each, such as `PER Ada Lovelace`. */
export async function listedRegions(page: Page): Promise<string[]> {
  const texts = await page.locator(`${regionRows}__title`).allInnerTexts()
  return texts.map(text => text.replaceAll(/\s+/g, ' ').trim())
}

/** The choices of a task that are ticked, without their hotkeys. */
export async function tickedChoices(page: Page): Promise<string[]> {
  const texts = await page.locator('label:has(input:checked)').allTextContents()
  return texts.map(text => text.replace(/\[\w\]$/, '').trim()).filter(text => text !== '')
}

/** The texts that the editor highlights. */
export function highlighted(page: Page): Promise<string[]> {
  return page.locator('.htx-highlight').allInnerTexts()
}

/** Where the picture of an image task, or the waveform of an audio task, lies; undefined while it is not there. */
export async function shownArea(page: Page, tag: 'img' | 'canvas'): Promise<Rectangle | undefined> {
  const boxes = await Promise.all((await page.locator(tag).all()).map(element => element.boundingBox()))
  const [widest] = boxes.filter(box => box !== null).toSorted((one, other) => other.width - one.width)
  return widest
}

/** What the editor has painted in red, the colour of the labels in these tests: the smallest rectangle around its pixels. */
export async function redArea(page: Page): Promise<Rectangle | undefined> {
  return (await page.evaluate(findRed)) as Rectangle | undefined
}

/** Runs in the page: looks at each canvas, sound and pictures alike. */
const findRed = `(() => {
  let left = Infinity, top = Infinity, right = -Infinity, bottom = -Infinity
  for (const canvas of document.querySelectorAll('canvas')) {
    const pen = canvas.getContext('2d')
    if (pen === null || canvas.width === 0 || canvas.height === 0) continue
    const { data } = pen.getImageData(0, 0, canvas.width, canvas.height)
    const shown = canvas.getBoundingClientRect()
    const scaleX = shown.width / canvas.width, scaleY = shown.height / canvas.height
    for (let at = 0; at < data.length; at += 4) {
      if (data[at + 3] < 25 || data[at] - Math.max(data[at + 1], data[at + 2]) < 40) continue
      const column = (at / 4) % canvas.width, row = Math.floor(at / 4 / canvas.width)
      left = Math.min(left, shown.x + column * scaleX)
      right = Math.max(right, shown.x + (column + 1) * scaleX)
      top = Math.min(top, shown.y + row * scaleY)
      bottom = Math.max(bottom, shown.y + (row + 1) * scaleY)
    }
  }
  return left === Infinity ? undefined : { x: left, y: top, width: right - left, height: bottom - top }
})()`

/** An outline, and the corners of what is selected, reach so far over a region. Pixels. */
const outline = 4

/** Waits until what is painted lies where it should. @throws with both when it does not */
export async function untilRedAt(page: Page, expected: () => Promise<Partial<Rectangle> | undefined>): Promise<void> {
  await poll(
    async () => ({ expected: await expected(), painted: await redArea(page) }),
    ({ expected: wanted, painted }) =>
      wanted !== undefined &&
      painted !== undefined &&
      sides.every(side => Math.abs(painted[side] - (wanted[side] ?? painted[side])) <= outline),
    60_000,
  )
}

const sides = ['x', 'y', 'width', 'height'] as const
