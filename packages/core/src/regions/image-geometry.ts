import { HtxError } from '../errors/htx-error.ts'
import type { Region } from '../wire/region.ts'
import type { RegionOptions } from './finish-region.ts'

/** Size of an image, pixels. */
export interface ImageSize {
  readonly width: number
  readonly height: number
  /** Turn of the image in the editor, degrees clockwise. Default: 0. */
  readonly rotation?: number
}

/** What builders of image regions take besides. */
export interface ImageRegionOptions extends RegionOptions {
  readonly image: ImageSize
  /** What the coordinates are in. Default: pixels of the image. */
  readonly unit?: 'pixel' | 'percent'
}

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
  x(value: number): number
  y(value: number): number
  /** Lengths along the axes. */
  width(value: number): number
  height(value: number): number
}

export function toPercent({ image, unit = 'pixel' }: ImageRegionOptions): ToPercent {
  checkImage(image)
  if (unit === 'percent') return { x: same, y: same, width: same, height: same }
  return {
    x: value => inside(value, image.width) * (100 / image.width),
    y: value => inside(value, image.height) * (100 / image.height),
    width: value => value * (100 / image.width),
    height: value => value * (100 / image.height),
  }
}

/** The fields that every image region carries beside its value. */
export function imageFields({ image }: ImageRegionOptions): Partial<Region> {
  return { original_width: image.width, original_height: image.height, image_rotation: image.rotation ?? 0 }
}

/**
 * The box of a region in pixels.
 *
 * @param region one that carries its image's size
 */
export function boxInPixels(region: Region): Required<Box> {
  const { x, y, width, height, rotation } = region.value as Record<string, number>
  const size = sizeOf(region)
  return {
    x: ((x ?? 0) * size.width) / 100,
    y: ((y ?? 0) * size.height) / 100,
    width: ((width ?? 0) * size.width) / 100,
    height: ((height ?? 0) * size.height) / 100,
    rotation: rotation ?? 0,
  }
}

/** The point of a key-point region, or the centre of an ellipse, in pixels. */
export function pointInPixels(region: Region): { x: number; y: number } {
  const { x, y } = boxInPixels(region)
  return { x, y }
}

/** The points of a polygon in pixels. */
export function pointsInPixels(region: Region): [number, number][] {
  const size = sizeOf(region)
  const points = (region.value.points ?? []) as [number, number][]
  return points.map(([x, y]) => [(x * size.width) / 100, (y * size.height) / 100])
}

/**
 * The box with these four corners, in pixels: clockwise from the one that is top left when the box is not turned. The sides are
 * measured in pixels, where a turn keeps lengths; in percents of an image that is not square it would not.
 */
export function boxFromCorners([topLeft, topRight, , bottomLeft]: readonly [
  Point,
  Point,
  Point,
  Point,
]): Required<Box> {
  const along: Point = [topRight[0] - topLeft[0], topRight[1] - topLeft[1]]
  const down: Point = [bottomLeft[0] - topLeft[0], bottomLeft[1] - topLeft[1]]
  const degrees = (Math.atan2(along[1], along[0]) * 180) / Math.PI
  return {
    x: topLeft[0],
    y: topLeft[1],
    width: Math.hypot(...along),
    height: Math.hypot(...down),
    rotation: (degrees + 360) % 360,
  }
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

function sizeOf(region: Region): ImageSize {
  const { original_width: width, original_height: height } = region
  if (width === undefined || height === undefined) {
    throw new HtxError(
      'HTX_REGION_INVALID',
      'the region carries no original_width and original_height, so that its percents cannot become pixels',
    )
  }
  return { width, height }
}

function checkImage(image: ImageSize | undefined): void {
  if (image !== undefined && image.width > 0 && image.height > 0) return
  throw new HtxError(
    'HTX_REGION_INVALID',
    'image regions need the size of the image in pixels: { image: { width, height } }',
  )
}

function inside(value: number, size: number): number {
  if (value < 0 && value >= -edgeTolerance) return 0
  return value > size && value <= size + edgeTolerance ? size : value
}

function same(value: number): number {
  return value
}
