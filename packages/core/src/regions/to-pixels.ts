import { HtxError } from '../errors/htx-error.ts'
import { describe } from '../label-config/check-region.ts'
import type { Region } from '../wire/region.ts'
import {
  boxInPixels,
  type ImageSize,
  imageSizeOf,
  type Point,
  pixelsOf,
  pointInPixels,
  pointsInPixels,
} from './image-geometry.ts'
import { decodeMask } from './mask-rle.ts'

/** What a region of an image covers, in pixels; turned clockwise by `rotation` degrees. */
export type PixelShape =
  | { kind: 'box'; x: number; y: number; width: number; height: number; rotation: number }
  | { kind: 'ellipse'; x: number; y: number; radiusX: number; radiusY: number; rotation: number }
  | { kind: 'polygon'; points: Point[] }
  | { kind: 'point'; x: number; y: number }
  | { kind: 'vector'; vertices: PixelVertex[]; closed: boolean }
  /** One byte a pixel, row by row: 255 set, 0 not. */
  | { kind: 'mask'; mask: Uint8Array; width: number; height: number }
  /** A PNG of the image's size; set is what is not transparent. */
  | { kind: 'bitmask'; png: Uint8Array }

/** A vertex of a vector; with control points where the line bends. */
export interface PixelVertex {
  id: string
  prevPointId: string | null
  x: number
  y: number
  controlPoint1?: { x: number; y: number }
  controlPoint2?: { x: number; y: number }
}

/**
 * Reads where a region of an image is: for training, and for the prompts of an interactive request. Goes by what the value holds,
 * as the editor does, so that entries about a region (its label, its transcript) can be read too.
 *
 * @throws HtxError `HTX_REGION_INVALID` when it is no region of an image, or carries no size of it
 */
export function toPixels(region: Region): PixelShape {
  const { value } = region
  const size = imageSizeOf(region)
  if (value.rle !== undefined) {
    const mask = decodeMask(value.rle as ArrayLike<number>, size.width, size.height)
    return { kind: 'mask', mask, width: size.width, height: size.height }
  }
  if (value.imageDataURL !== undefined) return { kind: 'bitmask', png: pngOf(value.imageDataURL) }
  if (value.vertices !== undefined) return vectorInPixels(region)
  if (value.points !== undefined) return { kind: 'polygon', points: pointsInPixels(region) }
  if (value.radiusX !== undefined) {
    return {
      kind: 'ellipse',
      ...pointInPixels(region),
      radiusX: pixelsOf('radiusX', value.radiusX, size.width),
      radiusY: pixelsOf('radiusY', value.radiusY, size.height),
      rotation: typeof value.rotation === 'number' ? value.rotation : 0,
    }
  }
  if (value.height !== undefined) return { kind: 'box', ...boxInPixels(region) }
  return { kind: 'point', ...pointInPixels(region) }
}

function vectorInPixels(region: Region): PixelShape {
  const { vertices, closed } = region.value
  if (!Array.isArray(vertices)) {
    throw new HtxError(
      'HTX_REGION_INVALID',
      `value.vertices: expected a list, got ${describe(vertices)}. Read regions as Label Studio sent them.`,
    )
  }
  const size = imageSizeOf(region)
  return { kind: 'vector', closed: closed === true, vertices: vertices.map(vertex => vertexInPixels(vertex, size)) }
}

function vertexInPixels(vertex: WireVertex | null, size: ImageSize): PixelVertex {
  const { id, prevPointId, controlPoint1, controlPoint2 } = vertex ?? {}
  const point = (at: WirePoint | null) => ({
    x: pixelsOf('vertices', at?.x, size.width),
    y: pixelsOf('vertices', at?.y, size.height),
  })
  return {
    id: String(id),
    prevPointId: typeof prevPointId === 'string' ? prevPointId : null,
    ...point(vertex),
    ...(controlPoint1 ? { controlPoint1: point(controlPoint1) } : {}),
    ...(controlPoint2 ? { controlPoint2: point(controlPoint2) } : {}),
  }
}

interface WirePoint {
  x?: unknown
  y?: unknown
}

interface WireVertex extends WirePoint {
  id?: unknown
  prevPointId?: unknown
  controlPoint1?: WirePoint
  controlPoint2?: WirePoint
}

function pngOf(url: unknown): Uint8Array {
  const prefix = 'data:image/png;base64,'
  if (typeof url === 'string' && url.startsWith(prefix))
    return new Uint8Array(Buffer.from(url.slice(prefix.length), 'base64'))
  throw new HtxError(
    'HTX_REGION_INVALID',
    `value.imageDataURL: expected ${prefix}…, got ${describe(url)}. Read regions as Label Studio sent them.`,
  )
}
