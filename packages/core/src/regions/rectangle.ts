import type { Binding } from '../label-config/label-config.ts'
import type { Region } from '../wire/region.ts'
import { finishRegion } from './finish-region.ts'
import { type Box, type ImageRegionOptions, imageFields, toPercent } from './image-geometry.ts'

/** A box, for `<Rectangle>`. Its label comes from `labels(binding, […], { of: box })`. */
export function rectangle(binding: Binding, box: Box, options: ImageRegionOptions): Region {
  return finishRegion(binding, ['Rectangle'], boxValue(box, options), options, imageFields(options))
}

/** A labelled box, for `<RectangleLabels>`. */
export function rectangleLabels(
  binding: Binding,
  labels: readonly string[],
  box: Box,
  options: ImageRegionOptions,
): Region {
  const value = { ...boxValue(box, options), rectanglelabels: [...labels] }
  return finishRegion(binding, ['RectangleLabels'], value, options, imageFields(options))
}

/** An upright box that passes the edge by rounding ends at the edge. */
function boxValue({ x, y, width, height, rotation = 0 }: Box, options: ImageRegionOptions): Record<string, unknown> {
  const percent = toPercent(options)
  if (rotation !== 0) {
    const { image, unit } = options
    const toX = unit === 'percent' ? 1 : 100 / image.width
    const toY = unit === 'percent' ? 1 : 100 / image.height
    return { x: x * toX, y: y * toY, width: percent.width(width), height: percent.height(height), rotation }
  }
  const left = percent.x(x)
  const top = percent.y(y)
  if (options.unit === 'percent') return { x: left, y: top, width, height, rotation }
  return { x: left, y: top, width: percent.x(x + width) - left, height: percent.y(y + height) - top, rotation }
}
