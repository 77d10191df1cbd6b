import { HtxError } from '../errors/htx-error.ts'
import { describe } from '../label-config/check-region.ts'
import type { Region } from '../wire/region.ts'
import type { RegionOptions } from './finish-region.ts'

/** Size of an image, pixels. */
export interface ImageSize {
  readonly width: number
  readonly height: number
  /** Turn of the image in the editor, degrees clockwise. Default: 0. */
  readonly rotation?: number
}

/** What coordinates are measured in. */
export interface Coordinates {
  /** The original image, not one that was made smaller for the model. */
  readonly image: ImageSize
  /** Default: pixels of the image. */
  readonly unit?: 'pixel' | 'percent'
}

/** What builders of image regions take. */
export interface ImageRegionOptions extends RegionOptions, Coordinates {}

/** A box: x and y of its top left corner, turned about that corner, degrees clockwise. */
export interface Box {
  readonly x: number
  readonly y: number
  readonly width: number
  readonly height: number
  readonly rotation?: number
}

export type Point = readonly [x: number, y: number]

/** Pixels past the edge that are rounding, not a mistake. */
const edgeTolerance = 1

/** Turns coordinates into percents of the image. */
export interface ToPercent {
  /** A position; past the edge by rounding it moves onto the edge. */
  x(value: number): number
  y(value: number): number
  /** A length along the axis. */
  width(value: number): number
  height(value: number): number
}

/** @throws HtxError `HTX_REGION_INVALID`: `x` and `y` when a pixel lies outside the image */
export function toPercent(coordinates: Coordinates): ToPercent {
  const { width, height } = imageOf(coordinates)
  if (coordinates.unit === 'percent') return { x: same, y: same, width: same, height: same }
  return {
    x: value => percentOf(inside('x', value, width), width),
    y: value => percentOf(inside('y', value, height), height),
    width: value => percentOf(value, width),
    height: value => percentOf(value, height),
  }
}

/** A box as it stands in a region's value. An upright one that passes the edge by rounding ends at the edge. */
export function boxInPercent(box: Box, coordinates: Coordinates): Required<Box> {
  const { x, y, width, height, rotation = 0 } = box
  const percent = toPercent(coordinates)
  if (coordinates.unit === 'percent') return { x, y, width, height, rotation }
  if (rotation === 0) {
    const [left, top] = [percent.x(x), percent.y(y)]
    return { x: left, y: top, width: percent.x(x + width) - left, height: percent.y(y + height) - top, rotation }
  }
  // Corners of a turned box may lie outside, as those of a line of text at the edge do; its middle may not.
  const [from, , to] = cornersOf(box)
  percent.x((from[0] + to[0]) / 2)
  percent.y((from[1] + to[1]) / 2)
  return {
    x: percent.width(x),
    y: percent.height(y),
    width: percent.width(width),
    height: percent.height(height),
    rotation,
  }
}

/** The fields that every image region carries beside its value. */
export function imageFields(coordinates: Coordinates): Partial<Region> {
  const { width, height, rotation = 0 } = imageOf(coordinates)
  return { original_width: width, original_height: height, image_rotation: rotation }
}

/** @throws HtxError `HTX_REGION_INVALID` when the image has no size, as from a model written in JavaScript */
export function imageOf({ image }: Coordinates): ImageSize {
  if (image?.width > 0 && image?.height > 0) return image
  throw new HtxError(
    'HTX_REGION_INVALID',
    `expected image: { width, height } in pixels, got ${describe(image)}. Regions of images carry the size of the image.`,
  )
}

/**
 * The box nearest to four corners, in pixels: its middle is theirs, its sides are as long as opposite sides are on average.
 * Pixels, because a turn keeps lengths there; in percents of an image that is not square it does not.
 *
 * @param corners pixels, clockwise from the one that is top left when the box is not turned
 * @throws HtxError `HTX_REGION_INVALID` when they run the other way
 */
export function boxFromCorners(corners: readonly [Point, Point, Point, Point]): Required<Box> {
  const [topLeft, topRight, bottomRight, bottomLeft] = corners
  const along = halfway(arrow(topLeft, topRight), arrow(bottomLeft, bottomRight))
  const down = halfway(arrow(topLeft, bottomLeft), arrow(topRight, bottomRight))
  if (!(along[0] * down[1] - along[1] * down[0] > 0)) {
    throw new HtxError(
      'HTX_REGION_INVALID',
      `corners must run clockwise from the top left and span a box; got ${JSON.stringify(corners)}`,
    )
  }
  const degrees = (Math.atan2(along[1], along[0]) * 180) / Math.PI
  const box = { width: Math.hypot(...along), height: Math.hypot(...down), rotation: (degrees + 360) % 360 }
  const middle = halfway(halfway(topLeft, bottomRight), halfway(topRight, bottomLeft))
  const [, , opposite] = cornersOf({ x: 0, y: 0, ...box })
  return { x: middle[0] - opposite[0] / 2, y: middle[1] - opposite[1] / 2, ...box }
}

/** The corners of a box in pixels, clockwise from its top left. */
export function cornersOf({ x, y, width, height, rotation = 0 }: Box): [Point, Point, Point, Point] {
  const angle = (rotation * Math.PI) / 180
  const along: Point = [Math.cos(angle) * width, Math.sin(angle) * width]
  const down: Point = [-Math.sin(angle) * height, Math.cos(angle) * height]
  return [
    [x, y],
    [x + along[0], y + along[1]],
    [x + along[0] + down[0], y + along[1] + down[1]],
    [x + down[0], y + down[1]],
  ]
}

/** The box of a region in pixels. @throws HtxError `HTX_REGION_INVALID` when it has none, or no image size */
export function boxInPixels(region: Region): Required<Box> {
  const size = imageSizeOf(region)
  const { x, y, width, height, rotation = 0 } = region.value
  return {
    x: pixelsOf('x', x, size.width),
    y: pixelsOf('y', y, size.height),
    width: pixelsOf('width', width, size.width),
    height: pixelsOf('height', height, size.height),
    rotation: typeof rotation === 'number' ? rotation : 0,
  }
}

/** The point of a key point, or the centre of an ellipse, in pixels. */
export function pointInPixels(region: Region): { x: number; y: number } {
  const size = imageSizeOf(region)
  const { value } = region
  return { x: pixelsOf('x', value.x, size.width), y: pixelsOf('y', value.y, size.height) }
}

/** The points of a polygon in pixels. */
export function pointsInPixels(region: Region): [number, number][] {
  const size = imageSizeOf(region)
  const { points } = region.value
  if (!Array.isArray(points)) throw notThere('points', 'a list of points', points)
  return points.map((point, place) => {
    const [x, y] = Array.isArray(point) ? point : []
    return [pixelsOf(`points[${place}]`, x, size.width), pixelsOf(`points[${place}]`, y, size.height)]
  })
}

/** The size of the image that a region lies on. @throws HtxError `HTX_REGION_INVALID` when it carries none */
export function imageSizeOf({
  original_width: width,
  original_height: height,
}: Pick<Region, 'original_width' | 'original_height'>): ImageSize {
  if (width === undefined || height === undefined) {
    throw new HtxError(
      'HTX_REGION_INVALID',
      'percents become pixels with original_width and original_height; the region has none. Only regions of images carry them.',
    )
  }
  return { width, height }
}

/** @param key where in the value, for the error */
export function pixelsOf(key: string, percent: unknown, size: number): number {
  if (typeof percent !== 'number' || !Number.isFinite(percent)) throw notThere(key, 'percents of the image', percent)
  return (percent * size) / 100
}

function notThere(key: string, expected: string, got: unknown): HtxError {
  return new HtxError(
    'HTX_REGION_INVALID',
    `value.${key}: expected ${expected}, got ${describe(got)}. Is this a region of an image?`,
  )
}

function percentOf(pixels: number, size: number): number {
  return (pixels * 100) / size
}

function inside(axis: 'x' | 'y', value: number, size: number): number {
  if (value >= -edgeTolerance && value <= size + edgeTolerance) return Math.min(Math.max(value, 0), size)
  throw new HtxError(
    'HTX_REGION_INVALID',
    `${axis}: expected a pixel of the image, 0 to ${size}, got ${value}. Scale it back to the original image, or say unit: 'percent'.`,
  )
}

function same(value: number): number {
  return value
}

function arrow(from: Point, to: Point): Point {
  return [to[0] - from[0], to[1] - from[1]]
}

function halfway(one: Point, other: Point): Point {
  return [(one[0] + other[0]) / 2, (one[1] + other[1]) / 2]
}
