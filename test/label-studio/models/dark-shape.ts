import { readFile } from 'node:fs/promises'
import {
  BaseModel,
  type Box,
  brushLabels,
  type InteractiveContext,
  labels,
  type ModelTask,
  type PredictContext,
  type Prediction,
  pointInPixels,
  type Region,
  rectangle,
  rectangleLabels,
  textArea,
} from '@htx/core'
import { decodePng, type GrayImage } from '../support/gray-image.ts'

/** Finds what is dark in a picture of `gray-image.ts`: as a box, a mask, or a line of text that says how large it is. */
export default class DarkShape extends BaseModel<object, [image: string]> {
  static override readonly inputTypes = ['Image']
  static override readonly outputTypes = ['RectangleLabels', 'BrushLabels', 'Rectangle', 'Labels', 'TextArea']
  static override readonly inputs = 'file'

  override predict(
    tasks: readonly ModelTask<[image: string]>[],
    context: PredictContext,
  ): Promise<(Prediction | null)[]> {
    return Promise.all(
      tasks.map(async ({ input: [file] }) => {
        const image = decodePng(await readFile(file))
        const box = darkBox(image)
        if (context.interactive !== undefined && !isOn(box, context.interactive)) return { result: [] }
        return { score: 0.9, result: regions(image, box, context) }
      }),
    )
  }
}

function regions(image: GrayImage, box: Box, { bindings }: PredictContext): Region[] {
  const by = (tag: string) => bindings.find(({ control }) => control.tag === tag)
  const [boxes, masks, tool, label, text] = ['RectangleLabels', 'BrushLabels', 'Rectangle', 'Labels', 'TextArea'].map(
    by,
  )
  if (boxes !== undefined) return [rectangleLabels(boxes, ['Dark'], box, { image })]
  if (masks !== undefined) {
    const mask = image.pixels.map(pixel => (pixel < 128 ? 1 : 0))
    return [brushLabels(masks, ['Dark'], mask, { image })]
  }
  if (tool === undefined || label === undefined || text === undefined) return []
  const line = rectangle(tool, box, { image })
  return [line, labels(label, ['Line'], { of: line }), textArea(text, [`${box.width} by ${box.height}`], { of: line })]
}

/** True when the last click is on the shape. */
function isOn(box: Box, { result }: InteractiveContext): boolean {
  const click = result.at(-1)
  if (click === undefined) return false
  const { x, y } = pointInPixels(click)
  return x >= box.x && x < box.x + box.width && y >= box.y && y < box.y + box.height
}

function darkBox({ width, pixels }: GrayImage): Box {
  const dark = [...pixels.keys()].filter(place => (pixels[place] ?? 255) < 128)
  const across = dark.map(place => place % width)
  const down = dark.map(place => Math.floor(place / width))
  const [left, top] = [Math.min(...across), Math.min(...down)]
  return { x: left, y: top, width: Math.max(...across) - left + 1, height: Math.max(...down) - top + 1 }
}
