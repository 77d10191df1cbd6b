import type { Binding } from '../label-config/label-config.ts'
import type { Region } from '../wire/region.ts'
import { finishRegion } from './finish-region.ts'
import { type ImageRegionOptions, imageFields, toPercent } from './image-geometry.ts'

/** Centre and radii; turned about the centre, degrees clockwise. */
export interface EllipseShape {
  readonly x: number
  readonly y: number
  readonly radiusX: number
  readonly radiusY: number
  readonly rotation?: number
}

/** An ellipse, for `<Ellipse>`. */
export function ellipse(binding: Binding, shape: EllipseShape, options: ImageRegionOptions): Region {
  return finishRegion(binding, ['Ellipse'], ellipseValue(shape, options), options, imageFields(options))
}

/** A labelled ellipse, for `<EllipseLabels>`. */
export function ellipseLabels(
  binding: Binding,
  labels: readonly string[],
  shape: EllipseShape,
  options: ImageRegionOptions,
): Region {
  const value = { ...ellipseValue(shape, options), ellipselabels: [...labels] }
  return finishRegion(binding, ['EllipseLabels'], value, options, imageFields(options))
}

function ellipseValue(
  { x, y, radiusX, radiusY, rotation = 0 }: EllipseShape,
  options: ImageRegionOptions,
): Record<string, unknown> {
  const percent = toPercent(options)
  return {
    x: percent.x(x),
    y: percent.y(y),
    radiusX: percent.width(radiusX),
    radiusY: percent.height(radiusY),
    rotation,
  }
}
