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

/** @throws HtxError `HTX_REGION_INVALID` when the image has no size; from `x` and `y` when a pixel lies outside */
export function toPercent({ image, unit = 'pixel' }: Coordinates): ToPercent {
  if (!(image?.width > 0 && image?.height > 0)) {
    throw new HtxError(
      'HTX_REGION_INVALID',
      'image regions need the size of the image in pixels: { image: { width, height } }',
    )
  }
  if (unit === 'percent') return { x: same, y: same, width: same, height: same }
  return {
    x: value => percentOf(inside('x', value, image.width), image.width),
    y: value => percentOf(inside('y', value, image.height), image.height),
    width: value => percentOf(value, image.width),
    height: value => percentOf(value, image.height),
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
export function imageFields({ image }: Coordinates): Partial<Region> {
  return { original_width: image.width, original_height: image.height, image_rotation: image.rotation ?? 0 }
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
  const along = [0, 1].map(axis => (topRight[axis]! - topLeft[axis]! + bottomRight[axis]! - bottomLeft[axis]!) / 2)
  return { x: 0, y: 0, width: 0, height: 0, rotation: 0 }
}
