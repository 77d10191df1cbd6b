import { type Box, cornersOf, type ImageSize, type Region, toPixels } from '@htx/core'

/** A click: on the thing, or (Alt in the editor) on what is not of it. Pixels. */
export interface PromptPoint {
  readonly x: number
  readonly y: number
  readonly inside: boolean
}

/** What the decoder is asked at once: one thing. */
export interface Prompt {
  readonly points: readonly PromptPoint[]
  readonly box?: Box
}

/**
 * Reads clicks and boxes of an interactive request. The decoder takes one box: each becomes a prompt of its own, with the clicks in it;
 * the other clicks are one more.
 *
 * @param image as it was decoded; prompts are percents of it
 */
export function readPrompts(regions: readonly Region[], image: ImageSize): Prompt[] {
  const points: PromptPoint[] = []
  const boxes: Box[] = []
  const seen = new Set<string>()
  for (const region of regions) {
    // A prompt that was drawn with one control and labelled with another comes as two entries.
    if (region.id !== undefined && seen.has(region.id)) continue
    if (region.id !== undefined) seen.add(region.id)
    const shape = toPixels({ ...region, original_width: image.width, original_height: image.height })
    if (shape.kind === 'point') points.push({ x: shape.x, y: shape.y, inside: isPositive(region) })
    else if (shape.kind === 'box') boxes.push(upright(shape))
  }
  const prompts: Prompt[] = boxes.map(box => ({ box, points: points.filter(point => contains(box, point)) }))
  const others = points.filter(point => !boxes.some(box => contains(box, point)))
  // Clicks that only say what it is not leave open what it is.
  if (others.some(({ inside }) => inside)) prompts.push({ points: others })
  return prompts
}

/** Editors of 2026 say it in the value. A click that does not say is one on the thing. */
function isPositive(region: Region): boolean {
  return (region.is_positive ?? region.value.positive) !== false
}

/** The upright box around one that is turned. */
function upright(box: Box): Box {
  const corners = cornersOf(box)
  const [x, y] = [Math.min(...corners.map(([at]) => at)), Math.min(...corners.map(([, at]) => at))]
  const [right, bottom] = [Math.max(...corners.map(([at]) => at)), Math.max(...corners.map(([, at]) => at))]
  return { x, y, width: right - x, height: bottom - y }
}

function contains(box: Box, { x, y }: PromptPoint): boolean {
  return x >= box.x && x <= box.x + box.width && y >= box.y && y <= box.y + box.height
}
