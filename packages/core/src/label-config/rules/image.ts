import { isNumber, type Rule, type RuleInput } from './rule.ts'

/** Percents may miss the edge by rounding. */
const tolerance = 0.05

/** Every region of an image carries the image's size in pixels. */
export function checkImageSize({ region, report }: RuleInput): void {
  for (const key of ['original_width', 'original_height'] as const) {
    const size = region[key]
    if (!isNumber(size) || size <= 0)
      report(key, 'the size of the image, pixels', size, 'Builders write it: give them image: { width, height }.')
  }
}

export const rectangleRule: Rule = input => {
  const { value } = input
  checkImageSize(input)
  checkBox(value, 'value.', input.report)
}

/** A box in percents. A turned one may begin outside. */
export function checkBox(value: Readonly<Record<string, unknown>>, path: string, report: RuleInput['report']): void {
  const turned = isNumber(value.rotation) && value.rotation !== 0
  for (const key of ['x', 'y'] as const) {
    if (turned ? !isNumber(value[key]) : !isPercent(value[key]))
      report(`${path}${key}`, 'percents of the image, 0 to 100', value[key], percentHint)
  }
  for (const key of ['width', 'height'] as const) {
    const size = value[key]
    if (!isNumber(size) || size <= 0 || (!turned && size > 100 + tolerance))
      report(`${path}${key}`, 'percents of the image, above 0', size, percentHint)
  }
}

export const ellipseRule: Rule = input => {
  const { value, report } = input
  checkImageSize(input)
  for (const key of ['x', 'y'] as const) checkPercent(input, key)
  for (const key of ['radiusX', 'radiusY'] as const) {
    const radius = value[key]
    if (!isNumber(radius) || radius <= 0 || radius > 100)
      report(`value.${key}`, 'percents of the image, above 0', radius, percentHint)
  }
}

export const polygonRule: Rule = input => {
  const { value, report } = input
  checkImageSize(input)
  const { points } = value
  if (!Array.isArray(points) || points.length < 3) {
    report(
      'value.points',
      'a list of at least three points',
      points,
      'Write points: [[x, y], [x, y], [x, y]] in percents.',
    )
    return
  }
  for (const [place, point] of points.entries()) {
    if (!Array.isArray(point) || point.length !== 2 || !point.every(isPercent))
      report(`value.points[${place}]`, 'a point [x, y] in percents, 0 to 100', point, percentHint)
  }
}

export const keyPointRule: Rule = input => {
  const { value, report } = input
  checkImageSize(input)
  for (const key of ['x', 'y'] as const) checkPercent(input, key)
  if (!isNumber(value.width) || value.width <= 0)
    report('value.width', 'the size of the dot in percents of the image', value.width, 'Write width: 0.5.')
}

/** RLE as the editor packs it: four words a pixel, their number in the first four bytes. */
export const brushRule: Rule = input => {
  const { value, region, report } = input
  checkImageSize(input)
  if (value.rle === undefined && (typeof value.maskDataURL === 'string' || Array.isArray(value.touches))) return
  if (value.format !== 'rle') report('value.format', '"rle"', value.format, 'Make masks with brushLabels or brush.')
  const { rle } = value
  if (!Array.isArray(rle) || rle.length < 8 || !rle.every(isByte)) {
    report(
      'value.rle',
      'a list of bytes, 0 to 255',
      rle,
      'Make masks with brushLabels or brush; COCO counts are something else.',
    )
    return
  }
  const words = rle.slice(0, 4).reduce((number: number, byte: number) => number * 256 + byte, 0)
  const { original_width: width, original_height: height } = region
  if (isNumber(width) && isNumber(height) && words !== width * height * 4) {
    report(
      'value.rle',
      `a mask of ${width} x ${height} pixels (${width * height * 4} words)`,
      `${words} words`,
      'Encode the mask at the size of the image.',
    )
  }
}

export const bitmaskRule: Rule = input => {
  checkImageSize(input)
  const { imageDataURL } = input.value
  if (typeof imageDataURL !== 'string' || !imageDataURL.startsWith('data:image/')) {
    input.report(
      'value.imageDataURL',
      'a PNG as a data: URL',
      imageDataURL,
      "Write imageDataURL: 'data:image/png;base64,…'.",
    )
  }
}

export const vectorRule: Rule = input => {
  const { value, report } = input
  checkImageSize(input)
  const { vertices } = value
  if (!Array.isArray(vertices) || vertices.length === 0) {
    report('value.vertices', 'a list of vertices', vertices, 'Make vectors with vector or vectorLabels.')
    return
  }
  for (const [place, vertex] of vertices.entries()) {
    const { id, x, y } = (vertex ?? {}) as Record<string, unknown>
    if (typeof id !== 'string') report(`value.vertices[${place}].id`, 'a text', id, 'Each vertex has an id of its own.')
    if (!isPercent(x) || !isPercent(y))
      report(`value.vertices[${place}]`, 'x and y in percents, 0 to 100', vertex, percentHint)
  }
}

/** Frames are counted from 1. */
export const videoRectangleRule: Rule = ({ value, report }) => {
  const { sequence } = value
  if (!Array.isArray(sequence) || sequence.length === 0) {
    report('value.sequence', 'a list of key frames', sequence, 'Make them with videoRectangle.')
    return
  }
  for (const [place, keyFrame] of sequence.entries()) {
    const path = `value.sequence[${place}].`
    const at = (keyFrame ?? {}) as Record<string, unknown>
    if (!Number.isInteger(at.frame) || (at.frame as number) < 1)
      report(`${path}frame`, 'a frame, counted from 1', at.frame, 'The first frame of a video is 1.')
    checkBox(at, path, report)
  }
}

const percentHint = 'Builders turn pixels into percents: give them pixels and image: { width, height }.'

function checkPercent({ value, report }: RuleInput, key: string): void {
  if (!isPercent(value[key])) report(`value.${key}`, 'percents of the image, 0 to 100', value[key], percentHint)
}

function isPercent(value: unknown): value is number {
  return isNumber(value) && value >= -tolerance && value <= 100 + tolerance
}

function isByte(value: unknown): boolean {
  return Number.isInteger(value) && (value as number) >= 0 && (value as number) <= 255
}
